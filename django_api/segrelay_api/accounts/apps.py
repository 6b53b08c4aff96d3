from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who calls: tokens of machines, people with passwords."""

    name = "segrelay_api.accounts"
    label = "accounts"
