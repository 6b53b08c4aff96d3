"""Sends series and presses the button until each has been answered and has ended."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import requests
from builders.minimal_mr import upload
from builders.mr_series import build_series
from chaos.queue_rows import QueueRows
from integration.django_server import REQUESTER_TOKEN
from integration.orthanc_server import OrthancServer
from integration.unique_series import unique

from segrelay_contract import paths
from segrelay_contract.paths import API_ROOT
from segrelay_contract.status import RequestStatus

HANDS = 4  # people at the same time
ENDED_WELL = RequestStatus.COMPLETED
GAVE_UP = frozenset({RequestStatus.FAILED, RequestStatus.CANCELLED})


class FrontEnd:
    """Its calls go over the bad network, as those of workers do."""

    def __init__(self, url: str, archive: OrthancServer, rows: QueueRows) -> None:
        self.series: list[str] = []
        self.pressed_again = 0  # requests whose attempts were all used up by kills
        self._api_url = url + API_ROOT
        self._archive = archive
        self._rows = rows

    def press_all(self, count: int) -> None:
        """Returns when each press was answered."""
        with ThreadPoolExecutor(HANDS) as hands:
            self.series = list(hands.map(lambda _: self._send_and_press(), range(count)))

    def follow(self, *, seconds: float) -> None:
        """Returns when every series has its result, or when the patience ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self._rows.status_by_series()
            for series_id in self.series:
                if status.get(series_id) in GAVE_UP:
                    self._press(series_id)
                    self.pressed_again += 1
            if all(status.get(series_id) == ENDED_WELL for series_id in self.series):
                return
            time.sleep(1)

    def _send_and_press(self) -> str:
        images = build_series(unique())
        [series_id] = upload(images, url=self._archive.url, auth=self._archive.admin)
        self._press(series_id)
        return series_id

    def _press(self, series_id: str) -> None:
        """A press that got no answer is repeated, as a person would."""
        while not self._was_accepted(series_id):
            time.sleep(0.3)

    def _was_accepted(self, series_id: str) -> bool:
        try:
            answer = requests.post(
                self._api_url + paths.segment_series(series_id),
                json={},
                headers={"Authorization": f"Bearer {REQUESTER_TOKEN}"},
                timeout=20,
            )
        except requests.RequestException:
            return False
        return answer.status_code in {HTTPStatus.OK, HTTPStatus.ACCEPTED}
