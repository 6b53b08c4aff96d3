"""The URLs that one part calls on another, relative to the API root and ending with a slash."""

from __future__ import annotations

from uuid import UUID

API_ROOT = "/api/mri/segmentation/"
WORKER_PREFIX = "segmentation/"  # below DJANGO_API_URL, which ends in /api/mri

HEALTH = "health/"
PENDING_REQUESTS = "pending-requests/"
CLAIM = "claim/"
REQUESTS = "requests/"
EVENTS = "events/"
ORTHANC_EVENTS = "orthanc-events/"


def segment_series(series_id: str) -> str:
    """Where a press on "AI analysis" goes."""
    return f"series/{series_id}/segment/"


def update_status(request_id: UUID) -> str:
    """Where a worker renews its lease and reports progress."""
    return f"update-status/{request_id}/"


def release(request_id: UUID) -> str:
    """Where a worker gives a request back."""
    return f"release/{request_id}/"


def complete_request(request_id: UUID) -> str:
    """Where a worker reports the end, good or bad."""
    return f"complete-request/{request_id}/"


def request(request_id: UUID) -> str:
    """One request in full."""
    return f"requests/{request_id}/"


def cancel(request_id: UUID) -> str:
    """Where somebody says that a request is no longer wanted."""
    return f"requests/{request_id}/cancel/"


def retry(request_id: UUID) -> str:
    """Where somebody asks for a failed request again."""
    return f"requests/{request_id}/retry/"


def status(request_id: UUID) -> str:
    """One request in short."""
    return f"status/{request_id}/"
