from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from builders.calling import CallingClient
from builders.orthanc_answers import OrthancAnswers
from django.db import connection
from django.test import AsyncClient
from pytest_django import Settings

from segrelay_api.accounts import bearer, signing_in
from segrelay_api.accounts.attempts import Attempts
from segrelay_api.archive import orthanc_client
from segrelay_api.queue import workers

TOKENS = {
    "lab1": "token-of-lab1-000000",
    "lab2": "token-of-lab2-000000",
    "front end": "token-of-front-end-0",
    "orthanc-plugin": "token-of-plugin-0000",
}
TICKET_SECRET = "secret-shared-with-orthanc-in-tests"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A database in a file, as in production: one in memory locks differently.

    On PostgreSQL each of several test processes has one of its own, by the suffix of its name.
    """
    if connection.vendor == "sqlite":
        folder: Path = tmp_path_factory.mktemp("database")
        connection.settings_dict["TEST"]["NAME"] = str(folder / "queue.sqlite3")


@pytest.fixture(autouse=True)
def known_tokens(settings: Settings) -> None:
    settings.SEGRELAY = dataclasses.replace(
        settings.SEGRELAY,
        worker_tokens={name: TOKENS[name] for name in ("lab1", "lab2")},
        requester_tokens={"front end": TOKENS["front end"]},
        plugin_token=TOKENS["orthanc-plugin"],
        ticket_secret=TICKET_SECRET,
        open_to_loopback=False,
        lease_seconds=60.0,
    )


@pytest.fixture(autouse=True)
def no_failures_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test gets wrong is not held against the next."""
    monkeypatch.setattr(bearer, "bearer_tokens", bearer.BearerTokens(five_attempts()))
    monkeypatch.setattr(signing_in, "by_address", five_attempts())
    monkeypatch.setattr(signing_in, "by_name", five_attempts())


@pytest.fixture(autouse=True)
def nobody_noted_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a database of its own, which knows no worker."""
    monkeypatch.setattr(workers, "noted", workers.Noted())


def five_attempts() -> Attempts:
    return Attempts(most=5, within_seconds=60.0)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Real hashes are slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def caller() -> Callable[..., AsyncClient]:
    """A client that shows the token of the caller with this name."""

    def make(name: str, language: str = "en", **more: str) -> AsyncClient:
        headers = {"Authorization": f"Bearer {TOKENS[name]}", "Accept-Language": language}
        return CallingClient(headers | more)

    return make


@pytest.fixture
def orthanc(monkeypatch: pytest.MonkeyPatch) -> OrthancAnswers:
    """An archive that answers from memory; tests against the real one are in integration/."""
    answers = OrthancAnswers()
    monkeypatch.setattr(
        orthanc_client,
        "open_http",
        lambda: httpx.AsyncClient(
            transport=httpx.MockTransport(answers.in_time), base_url="http://orthanc.test"
        ),
    )
    return answers
