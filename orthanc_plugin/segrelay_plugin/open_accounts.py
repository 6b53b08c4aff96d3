# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping, Sequence

from segrelay_plugin.errors import ConfigurationError


def accounts_without_password(document: Mapping[str, object]) -> Sequence[str]:
    """Orthanc reads an unset environment variable as an empty password, and lets it in."""
    accounts = document.get("RegisteredUsers")
    if not isinstance(accounts, Mapping):
        return ()
    return tuple(str(name) for name, password in accounts.items() if not password)


def warning(name: str) -> str:
    """What `health` says of an account without a password."""
    return (
        f'The account "{name}" has an empty password: anybody can use it. Set its variable'
        " in Orthanc's environment."
    )


def refuse_open_accounts(document: Mapping[str, object]) -> None:
    """Keeps the images from a network in which anybody could log in.

    Raises:
        ConfigurationError: other machines may call, and an account has no password.
    """
    names = accounts_without_password(document)
    if not (names and _is_open_to_other_machines(document)):
        return
    listed = ", ".join(f'"{name}"' for name in names)
    raise ConfigurationError(
        f"Orthanc does not start, because anybody in the network could log in: empty password of"
        f" {listed}. Set ORTHANC_ADMIN_PASSWORD, ORTHANC_DJANGO_PASSWORD and"
        f' ORTHANC_WORKER_PASSWORD in its environment (or the passwords under "RegisteredUsers").'
    )


def _is_open_to_other_machines(document: Mapping[str, object]) -> bool:
    remote = bool(document.get("RemoteAccessAllowed", False))
    # Where it is left out, Orthanc asks for passwords as soon as other machines may call.
    return remote and bool(document.get("AuthenticationEnabled", remote))
