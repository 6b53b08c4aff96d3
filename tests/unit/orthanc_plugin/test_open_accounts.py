from typing import Any

import pytest

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.open_accounts import refuse_open_accounts

OPEN: dict[str, Any] = {
    "RemoteAccessAllowed": True,
    "AuthenticationEnabled": True,
    "RegisteredUsers": {"orthanc": "long", "worker": ""},
}


@pytest.mark.parametrize(
    "document", [OPEN, {key: OPEN[key] for key in OPEN if key != "AuthenticationEnabled"}]
)
def test_an_empty_password_that_the_network_can_use_is_refused_by_name(
    document: dict[str, Any],
) -> None:
    with pytest.raises(ConfigurationError, match=r'"worker".*Set ORTHANC_'):
        refuse_open_accounts(document)


@pytest.mark.parametrize(
    "change",
    [
        {"RemoteAccessAllowed": False},
        {"AuthenticationEnabled": False},
        {"RegisteredUsers": {"orthanc": "long"}},
        {"RegisteredUsers": {}},
    ],
)
def test_what_the_network_cannot_use_is_no_reason_to_refuse(change: dict[str, Any]) -> None:
    refuse_open_accounts(OPEN | change)
