"""What the page's script says and calls, handed to it with the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from segrelay_contract import paths

_ANY_REQUEST = UUID(int=0)


def script_texts() -> dict[str, Any]:
    """Texts in the reader's language; the script fills in what stands in braces."""
    return {
        "sending": _("Asking for the analysis…"),
        "not_started": _("The analysis was not started"),
        "not_followed": _("The state of the analysis cannot be shown"),
        "unreachable": _("Segrelay does not answer. Check the connection, then press again."),
        "no_connection": _("No connection to Segrelay. Trying again…"),
        "pending": _("Waiting"),
        "position": _("Place in the queue: {position}."),
        "waiting_for": _waiting_texts(),
        "expected": _("Expected to be done within {minutes} min."),
        "starting": _("Starting"),
        "stages": _stage_texts(),
        "completed": _("Done"),
        "outcomes": {
            "segmented": "",
            "nothing_found": _("The model found nothing to mark in this series."),
        },
        "failed": _("The analysis failed"),
        "cancelled": _("Cancelled"),
        "outdated": _(
            "The series has changed since this analysis was asked for, so that it does not cover "
            "all of its images. Press AI analysis to analyse the series as it is now."
        ),
        "questions": _questions(),
        "deduplicated": _("This series was analysed before; this is that result."),
        "volume": _("{volume} ml"),
        "seconds": _("{seconds} s"),
        "picture": _("The mask over the image: {segments}"),
        "picture_missing": _("The picture cannot be shown; it may have been deleted in Orthanc."),
    }


def _waiting_texts() -> dict[str, str]:
    return {
        "no_worker_online": _(
            "No analysis computer is online. The analysis starts as soon as one is."
        ),
        "no_worker_offers_model": _("No analysis computer that is online has the model {model}."),
        "no_worker_has_memory": _(
            "The analysis computers that are online have too little memory for the model {model}."
        ),
        "model_quarantined": _(
            "The model {model} came to a bad end again and again on the analysis computers that "
            "are online, so they no longer run it. Tell the lab that runs them."
        ),
        "no_worker_has_label": _("No analysis computer with {label} is online."),
        "requests_ahead": _("Requests ahead of this one: {requests_ahead}."),
        "worker": _("The next free analysis computer takes it."),
    }


def _questions() -> dict[str, dict[str, str]]:
    """What is asked before something is lost, and the button that says yes."""
    return {
        "cancel": {
            "question": _("Cancel this analysis? What has been computed so far is lost."),
            "yes": _("Cancel the analysis"),
        },
        "again": {
            "question": _(
                "Analyse this series once more? The result so far stays in Orthanc, "
                "but this page will show the new one instead."
            ),
            "yes": _("Run again"),
        },
    }


def _stage_texts() -> dict[str, str]:
    return {
        "downloading": _("Reading the images"),
        "inferring": _("Analysing the images"),
        "encoding": _("Writing the result"),
        "uploading": _("Storing the result in Orthanc"),
    }


def script_addresses() -> dict[str, str]:
    """Where the script calls; it puts ids in place of the names in braces."""
    picture = reverse("request_picture", args=[_ANY_REQUEST])
    return {
        "segment": paths.API_ROOT + paths.segment_series("{series_id}"),
        "events": paths.API_ROOT + paths.EVENTS,
        "request": _for_any_request(paths.API_ROOT + paths.request(_ANY_REQUEST)),
        "cancel": _for_any_request(paths.API_ROOT + paths.cancel(_ANY_REQUEST)),
        "retry": _for_any_request(paths.API_ROOT + paths.retry(_ANY_REQUEST)),
        "picture": _for_any_request(picture),
    }


def _for_any_request(path: str) -> str:
    return path.replace(str(_ANY_REQUEST), "{request_id}")
