"""What front ends and workers call, as typed calls for tests."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

import requests
from integration.polling import until

from segrelay_contract import paths
from segrelay_contract.requests import RequestAnswer, RequestList, RequestView, SegmentAnswer
from segrelay_contract.status import RequestStatus, Stage, is_final

TIMEOUT_SECONDS = 40  # above the longest long poll


class QueueApi:
    """One caller's connection; `with` closes it."""

    def __init__(self, api_url: str, token: str) -> None:
        self._url = api_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **arguments: Any) -> requests.Response:
        return self._session.get(self._url + path, timeout=TIMEOUT_SECONDS, **arguments)

    def post(self, path: str, body: object = None, **arguments: Any) -> requests.Response:
        return self._session.post(self._url + path, json=body, timeout=TIMEOUT_SECONDS, **arguments)

    def press(self, series_id: str, **body: object) -> SegmentAnswer:
        """Presses the button, which must be accepted."""
        answer = self.post(paths.segment_series(series_id), body)
        assert answer.status_code in {200, 202}, answer.text
        return SegmentAnswer.model_validate(answer.json())

    def show(self, request_id: UUID) -> RequestView:
        answer = self.get(paths.request(request_id))
        assert answer.status_code == 200, answer.text
        return RequestAnswer.model_validate(answer.json()).request

    def requests(self, **filters: str) -> tuple[RequestView, ...]:
        """The newest requests that the filters match."""
        answer = self.get(paths.REQUESTS, params=filters)
        assert answer.status_code == 200, answer.text
        return RequestList.model_validate(answer.json()).requests

    def wait_for_end(self, request_id: UUID, *, seconds: float = 60) -> RequestView:
        until(
            lambda: is_final(self.show(request_id).status),
            what=f"request {request_id} ends",
            seconds=seconds,
        )
        return self.show(request_id)

    def wait_for_stage(self, request_id: UUID, stage: Stage, *, attempt: int = 1) -> RequestView:
        def is_there() -> bool:
            view = self.show(request_id)
            return (view.stage, view.attempt) == (stage, attempt)

        until(is_there, what=f"request {request_id} reaches {stage}")
        return self.show(request_id)

    def wait_for_status(self, request_id: UUID, status: RequestStatus) -> RequestView:
        until(
            lambda: self.show(request_id).status == status,
            what=f"request {request_id} becomes {status}",
        )
        return self.show(request_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
