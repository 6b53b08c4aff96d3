"""An archive with leased and other series, and every ticket that somebody may try on it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import requests
from builders.minimal_mr import mr_series, upload
from builders.tickets import REQUEST_ID, signature, signed, ticket_payload
from integration.orthanc_server import OrthancServer
from integration.ticket_secret import TICKET_SECRET
from pydicom.uid import generate_uid

HEADER = "Segrelay-Ticket"
OTHER_REQUEST = "1d4f8a4e-6f0c-4c8b-9d53-3a1f1c1e7b11"
HOUR_SECONDS = 3600


@dataclass(frozen=True)
class ArchiveOfTickets:
    """`{names}` in paths stand for the attributes of the same name."""

    orthanc: OrthancServer
    series: str  # leased, as are its images
    second: str  # leased as a further input
    foreign: str  # of another study, leased by nobody
    neighbour: str  # of the same study as the leased one, and not leased

    @property
    def request(self) -> str:
        return REQUEST_ID

    @property
    def other_request(self) -> str:
        return OTHER_REQUEST

    @cached_property
    def study(self) -> str:
        return str(self.orthanc.get(f"/series/{self.series}")["ParentStudy"])

    @cached_property
    def patient(self) -> str:
        return str(self.orthanc.get(f"/studies/{self.study}")["ParentPatient"])

    @cached_property
    def image(self) -> str:
        return self._first_image(self.series)

    @cached_property
    def second_image(self) -> str:
        return self._first_image(self.second)

    @cached_property
    def foreign_image(self) -> str:
        return self._first_image(self.foreign)

    @cached_property
    def neighbour_image(self) -> str:
        return self._first_image(self.neighbour)

    @cached_property
    def study_uid(self) -> str:
        return str(self.orthanc.get(f"/studies/{self.study}")["MainDicomTags"]["StudyInstanceUID"])

    def ticket(self, *, secret: str = TICKET_SECRET, age: float = 0, **changes: object) -> str:
        """As Django would sign it `age` seconds ago, for the leased series."""
        series = [self.series, self.second]
        payload = ticket_payload(now=time.time() - age, series=series, study=self.study)
        return signed(payload | changes, secret=secret)

    def tickets(self) -> Mapping[str, str]:
        """Those that open nothing, by what is wrong with them."""
        good = self.ticket()
        first, its_signature = good.split(".")
        altered, _ = self.ticket(series=[self.foreign]).split(".")
        return {
            "expired": self.ticket(age=HOUR_SECONDS),
            "not yet valid": self.ticket(age=-HOUR_SECONDS),
            "altered payload": f"{altered}.{its_signature}",
            "altered signature": f"{first}.{its_signature[:-1]}{'A' * (its_signature[-1] != 'A')}",
            "no signature": first,
            "empty signature": f"{first}.",
            "of another secret": self.ticket(secret=TICKET_SECRET[::-1]),
            "of an empty secret": self.ticket(secret=""),
            "of another version": self.ticket(v=2),
            "padded": f"{good}==",
            "garbage": "garbage",
            "empty": "",
            "unsigned JSON": '{"v":1}',
            "signature of nothing": f".{signature('', secret=TICKET_SECRET)}",
            "Unicode": "표.표",
        }

    def call(
        self, method: str, path: str, *, ticket: str | None = None, **arguments: Any
    ) -> requests.Response:
        """As the worker, with the path exactly as it stands here."""
        names = ("series", "second", "foreign", "neighbour", "request", "other_request", "study")
        more = ("patient", "image", "second_image", "foreign_image", "neighbour_image", "study_uid")
        for name in (*names, *more):
            path = path.replace("{" + name + "}", getattr(self, name))
        headers = dict(arguments.pop("headers", {}))
        if ticket is not None:
            headers[HEADER] = ticket.encode()
        arguments = {"auth": self.orthanc.worker, "timeout": 30, **arguments}
        auth = arguments.pop("auth")
        timeout = arguments.pop("timeout")
        url = self.orthanc.url + path
        with requests.Session() as session:
            prepared = session.prepare_request(
                requests.Request(method, url, headers=headers, auth=auth, **arguments)
            )
            prepared.url = url  # or "..", "//" and "%2e" would be gone before they are sent
            return session.send(prepared, timeout=timeout, allow_redirects=False)

    def _first_image(self, series_id: str) -> str:
        return str(self.orthanc.get(f"/series/{series_id}")["Instances"][0])


def fill(orthanc: OrthancServer) -> ArchiveOfTickets:
    """Three series of one study and one of another."""
    study_uid = generate_uid()
    leased, second, neighbour = (mr_series(study_uid=study_uid) for _ in range(3))
    foreign = mr_series()
    stored = (leased, second, foreign, neighbour)
    ids = [upload(images, url=orthanc.url, auth=orthanc.admin)[0] for images in stored]
    return ArchiveOfTickets(orthanc, *ids)


def new_request() -> str:
    return str(uuid4())
