"""The only reader of the environment; wrong values stop the start with a sentence."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit

from segrelay_contract.tickets import SHORTEST_SECRET_BYTES

T = TypeVar("T")
SHORTEST_TOKEN = 16
DATABASE_SCHEMES = frozenset({"sqlite", "postgresql"})


OWN_SECRETS = frozenset(
    {
        "DJANGO_SECRET_KEY",
        "DATABASE_URL",
        "LISTEN_DATABASE_URL",
        "WORKER_TOKENS",
        "REQUESTER_TOKENS",
        "PLUGIN_TOKEN",
        "TICKET_SECRET",
    }
)


class SettingError(Exception):
    """A variable has a value that cannot be used; the sentence names what is expected."""


@dataclass(frozen=True)
class Environment:
    """What the operator set."""

    secret_key: str
    allowed_hosts: tuple[str, ...]
    database_url: str
    listen_database_url: str  # a direct connection, where the other goes through PgBouncer
    orthanc_url: str
    orthanc_user: str
    orthanc_password: str
    worker_tokens: Mapping[str, str]  # name → token
    requester_tokens: Mapping[str, str]  # name → token
    plugin_token: str
    ticket_secret: str  # shared with Orthanc; empty: no tickets are issued
    open_to_loopback: bool
    lease_seconds: float
    use_local_inference: bool
    embedded_worker_command: tuple[str, ...]

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Environment:
        """Raises SettingError with the variable's name, what it got and what it expects."""

        def get(name: str, default: str, parse: Callable[[str, str], T]) -> T:
            return parse(name, variables.get(name, "").strip() or default)

        return cls(
            secret_key=get("DJANGO_SECRET_KEY", secrets.token_urlsafe(48), _text),
            allowed_hosts=get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", _names),
            database_url=get("DATABASE_URL", "sqlite:///segrelay.sqlite3", _database_url),
            listen_database_url=get("LISTEN_DATABASE_URL", "", _listen_url),
            orthanc_url=get("ORTHANC_URL", "http://127.0.0.1:8042", _http_url),
            orthanc_user=get("ORTHANC_USER", "", _text),
            orthanc_password=get("ORTHANC_PASSWORD", "", _text),
            worker_tokens=get("WORKER_TOKENS", "", _tokens),
            requester_tokens=get("REQUESTER_TOKENS", "", _tokens),
            plugin_token=get("PLUGIN_TOKEN", "", _token),
            ticket_secret=get("TICKET_SECRET", "", _ticket_secret),
            open_to_loopback=get("OPEN_TO_LOOPBACK", "false", _flag),
            lease_seconds=get("LEASE_SECONDS", "120", _seconds),
            use_local_inference=get("USE_LOCAL_INFERENCE", "true", _flag),
            embedded_worker_command=get("EMBEDDED_WORKER_COMMAND", "segrelay-worker", _command),
        )


def without_own_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """What another program may see that is started from here."""
    return {name: value for name, value in variables.items() if name not in OWN_SECRETS}


def _text(_name: str, value: str) -> str:
    return value


def _names(_name: str, value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _flag(name: str, value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise SettingError(f"{name} is “{value}”; set it to true or false.")
    return value.lower() == "true"


def _command(name: str, value: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(value))
    except ValueError as error:
        raise SettingError(
            f"{name} is “{value}”; set it to a command as a shell reads it: close every quotation."
        ) from error


def _seconds(name: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 24 * 3600:
        raise SettingError(f"{name} is “{value}”; set it to seconds between 1 and 86400.")
    return seconds


def _http_url(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise SettingError(
            f"{name} cannot be used; set it to an address such as http://localhost:8042, "
            "with user and password in ORTHANC_USER and ORTHANC_PASSWORD."
        )
    return value.rstrip("/")


def _database_url(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in DATABASE_SCHEMES or len(parts.path) <= 1:
        raise SettingError(
            f"{name} cannot be used; set it to sqlite:////folder/file.sqlite3 or "
            "postgresql://user:password@host:5432/name."
        )
    return value


def _listen_url(name: str, value: str) -> str:
    if value and urlsplit(value).scheme != "postgresql":
        raise SettingError(
            f"{name} cannot be used; leave it empty, or set it to the database's own address "
            "(postgresql://user:password@host:5432/name) if DATABASE_URL goes through PgBouncer."
        )
    return value


def _token(name: str, value: str) -> str:
    if value and len(value) < SHORTEST_TOKEN:
        raise SettingError(
            f"{name} holds a token of {len(value)} characters; "
            f"make one of at least {SHORTEST_TOKEN}, for example with openssl rand -hex 32."
        )
    return value


def _ticket_secret(name: str, value: str) -> str:
    length = len(value.encode())
    if value and length < SHORTEST_SECRET_BYTES:
        raise SettingError(
            f"{name} holds a secret of {length} bytes; make one of at least "
            f"{SHORTEST_SECRET_BYTES}, for example with openssl rand -hex 32, and give the same to "
            "Orthanc as SEGRELAY_TICKET_SECRET."
        )
    return value


def _tokens(name: str, value: str) -> Mapping[str, str]:
    tokens: dict[str, str] = {}
    for entry in _names(name, value):
        owner, separator, token = entry.partition("=")
        if not separator or not owner or not token or owner in tokens:
            raise SettingError(f"{name} cannot be used; set it to name1=token1,name2=token2.")
        tokens[owner] = _token(name, token)
    return MappingProxyType(tokens)
