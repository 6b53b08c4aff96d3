from django.apps import AppConfig


class QueueConfig(AppConfig):
    """Requests, their events, and the workers and models that were seen."""

    name = "segrelay_api.queue"
    label = "queue"
