from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """What the Orthanc plugin told about series."""

    name = "segrelay_api.archive"
    label = "archive"
