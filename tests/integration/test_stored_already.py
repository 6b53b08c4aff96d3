"""A plain Orthanc: a second object of one identity, and what the worker makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from builders.minimal_mr import as_bytes
from builders.mr_series import build_series
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.unique_series import unique

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.transfer.held_ticket import HeldTicket
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.upload import StoredInstance, upload_result


@pytest.fixture(scope="module")
def plain(
    tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    with new_orthanc(tmp_path_factory.mktemp("plain"), with_plugin=False) as server:
        yield server


@pytest.fixture(params=[None, "a ticket"])
def client(request: pytest.FixtureRequest, plain: OrthancServer) -> OrthancClient:
    """Of a queue that issues tickets, or not: here they open and shut nothing."""
    user, password = plain.worker
    client = OrthancClient(url=plain.url, user=user, password=password)
    return client.showing(HeldTicket(request.param))


def upload(client: OrthancClient, file: Path, content: bytes) -> StoredInstance:
    file.write_bytes(content)
    return upload_result(
        orthanc=client, request_id=UUID(int=1), file=file, sure_seconds=lambda: 60.0
    )


def test_only_the_same_pixels_count_as_stored(client: OrthancClient, tmp_path: Path) -> None:
    image, file = build_series(unique())[0], tmp_path / "result.dcm"
    first = upload(client, file, as_bytes(image))
    image.InstanceCreationTime = "235959"
    assert upload(client, file, as_bytes(image)) == first
    image.PixelData = bytes(len(image.PixelData))
    with pytest.raises(PermanentError) as caught:
        upload(client, file, as_bytes(image))
    assert caught.value.code is ErrorCode.STORED_OBJECT_DIFFERS


def test_the_workers_account_may_ask_whether_this_is_an_orthanc(client: OrthancClient) -> None:
    client.require_orthanc()
    with pytest.raises(PermanentError) as caught:
        client.get("/series/no-such-series")
    assert caught.value.code is ErrorCode.SERIES_GONE
