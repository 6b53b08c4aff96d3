"""The archive, the queue and what a test does to them besides looking at the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from builders.queue_payloads import claim_body, offer
from integration.django_server import PLUGIN_TOKEN, WORKER_TOKENS, DjangoServer
from integration.orthanc_server import SHIPPED, OrthancServer
from integration.polling import until
from integration.queue_api import QueueApi
from integration.system import System

from segrelay_contract import paths
from segrelay_contract.leases import ClaimAnswer, ModelOffer
from segrelay_contract.payload import Payload
from segrelay_contract.requests import RequestList, RequestView
from segrelay_contract.status import RequestStatus

# The shipped rules pass them over; here the page is to say why they cannot be pressed.
LOCALIZERS_TOO = """
[[rules]]
name = "Localizers"
candidate_models = []
request_now = false

[rules.when]
SeriesDescription = "localizer"
"""


@contextmanager
def running_system(folder: Path, **environment: str) -> Iterator[System]:
    """A real Orthanc with the plugin, and a real Django that trusts this machine."""
    rules = (SHIPPED / "segrelay-rules.toml").read_text(encoding="utf-8") + LOCALIZERS_TOO
    orthanc = OrthancServer(folder / "orthanc", plugin_token=PLUGIN_TOKEN, rules=rules)
    django = DjangoServer(
        folder / "django",
        orthanc_url=orthanc.url,
        orthanc_account=orthanc.django,
        environment={"OPEN_TO_LOOPBACK": "true", **environment},
    )
    orthanc.django_url = django.api_url
    with orthanc, django:
        yield System(folder, orthanc, django)


def wait_for_page(system: System, text: str) -> None:
    """Until the plugin has told what makes the page say this."""
    until(
        lambda: text in requests.get(system.django.url, timeout=10).text,
        what=f"the page says {text!r}",
    )


def offer_models(system: System, *offers: ModelOffer) -> None:
    """A worker with these asks for work, of which there is none."""
    with system.django.api(WORKER_TOKENS["lab1"]) as worker:
        answer = worker.post(paths.CLAIM, claim_body(*offers).model_dump(mode="json"))
        assert answer.status_code == 204, answer.text


def claim_request(system: System, series_id: str, *offers: ModelOffer) -> ClaimAnswer:
    """Claims this series' request, which must be the only one that waits."""
    with system.django.api() as front_end, system.django.api(WORKER_TOKENS["lab1"]) as worker:
        model = _wait_for_request(front_end, series_id).model
        body = claim_body(*(offers or [offer(model or "brain")]))
        answer = worker.post(paths.CLAIM, body.model_dump(mode="json"))
        claimed = ClaimAnswer.model_validate(answer.json())
        assert claimed.request.series_id == series_id
        return claimed


def end_request(
    system: System, series_id: str, report: Callable[[str], Payload], *offers: ModelOffer
) -> None:
    """Claims it and ends it with a report, made from the lease's token."""
    claimed = claim_request(system, series_id, *offers)
    with system.django.api(WORKER_TOKENS["lab1"]) as worker:
        path = paths.complete_request(claimed.request.request_id)
        ended = worker.post(path, report(claimed.lease.token).model_dump(mode="json"))
        assert ended.status_code == 200, ended.text


def _wait_for_request(front_end: QueueApi, series_id: str) -> RequestView:
    def made() -> tuple[RequestView, ...]:
        only = {"series_id": series_id, "status": RequestStatus.PENDING}
        answer = front_end.get(paths.REQUESTS, params=only)
        return RequestList.model_validate(answer.json()).requests

    return until(made, what="the press made a request")[0]
