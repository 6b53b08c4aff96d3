from __future__ import annotations

import httpx
import pytest
from builders.archive_listing import ArchiveListing

from segrelay_api.archive import orthanc_client


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> ArchiveListing:
    """An archive with one MR series; tests change what it holds."""
    listing = ArchiveListing()
    transport = httpx.MockTransport(listing)
    monkeypatch.setattr(
        orthanc_client,
        "open_http",
        lambda: httpx.AsyncClient(transport=transport, base_url="http://orthanc.test"),
    )
    return listing
