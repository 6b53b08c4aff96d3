from django.apps import AppConfig


class EmbeddedWorkerConfig(AppConfig):
    """Holds the command `run_embedded_worker`."""

    name = "segrelay_api.embedded_worker"
    label = "embedded_worker"
