"""The archive, the queue and a browser to look at them; workers are added by each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from builders.minimal_mr import upload
from builders.queue_payloads import claim_body, offer
from integration.django_server import PLUGIN_TOKEN, WORKER_TOKENS, DjangoServer
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.queue_api import QueueApi
from pydicom import Dataset

from segrelay_contract import paths
from segrelay_contract.leases import ClaimAnswer
from segrelay_contract.requests import RequestView
from segrelay_contract.status import RequestStatus


@dataclass(frozen=True)
class System:
    """A real Orthanc with the plugin, and a real Django that trusts this machine."""

    orthanc: OrthancServer
    django: DjangoServer

    def send(self, datasets: list[Dataset]) -> str:
        """Stores one series; gives Orthanc's id of it."""
        (series_id,) = upload(datasets, url=self.orthanc.url, auth=self.orthanc.admin)
        return series_id

    def wait_for_page(self, text: str) -> None:
        """Until the plugin has told what makes the page say this."""
        until(
            lambda: text in requests.get(self.django.url, timeout=10).text,
            what=f"the page says {text!r}",
        )

    def newest_request(self, series_id: str) -> RequestView:
        """The request that the last press on this series made."""

        def found() -> list[dict[str, object]]:
            answer = self._front_end.get(paths.REQUESTS, params={"series_id": series_id})
            listed: list[dict[str, object]] = answer.json()["requests"]
            return listed

        return RequestView.model_validate(until(found, what="the request is there")[0])

    def claim(self, series_id: str) -> tuple[QueueApi, ClaimAnswer]:
        """Takes this series' request as worker lab1 would; it must be the only one."""
        request = self.newest_request(series_id)
        assert request.status == RequestStatus.PENDING
        worker = self.django.api(WORKER_TOKENS["lab1"])
        body = claim_body(offer(request.model or "brain"))
        answer = worker.post(paths.CLAIM, body.model_dump(mode="json"))
        claimed = ClaimAnswer.model_validate(answer.json())
        assert claimed.request.request_id == request.request_id
        return worker, claimed

    @property
    def _front_end(self) -> QueueApi:
        return self.django.api()


@contextmanager
def running_system(folder: Path) -> Iterator[System]:
    """Starts both and stops both."""
    orthanc = OrthancServer(folder / "orthanc", plugin_token=PLUGIN_TOKEN)
    django = DjangoServer(
        folder / "django",
        orthanc_url=orthanc.url,
        orthanc_account=orthanc.django,
        environment={"OPEN_TO_LOOPBACK": "true"},
    )
    orthanc.django_url = django.api_url
    with orthanc, django:
        yield System(orthanc, django)
