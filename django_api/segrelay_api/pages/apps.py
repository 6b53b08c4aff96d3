from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The page with the series, the button and the result."""

    name = "segrelay_api.pages"
    label = "pages"
