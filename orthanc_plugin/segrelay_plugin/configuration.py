# SPDX-License-Identifier: AGPL-3.0-or-later
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.open_accounts import (
    accounts_without_password,
    refuse_open_accounts,
    warning,
)
from segrelay_plugin.orthanc_api import OrthancApi
from segrelay_plugin.outbox import Outbox
from segrelay_plugin.rules.in_force import RulesAsGiven, RulesInForce, RulesSource, RulesState
from segrelay_plugin.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Connection:
    """The way to Django, and the outbox that feeds it."""

    settings: Settings
    django: DjangoClient
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the configuration was good for, and why not for more."""

    connection: Connection | None
    connection_problem: str
    rules: RulesSource
    warnings: Sequence[str]


def read_configuration(orthanc: OrthancApi, *, now: Callable[[], datetime]) -> Configuration:
    """Reads all that the plugin depends on; a problem becomes a sentence for `health`.

    Raises:
        ConfigurationError: Orthanc must not start, as its accounts stand open to the network.
    """
    document = json.loads(orthanc.GetConfiguration())
    refuse_open_accounts(document)
    warnings = [warning(name) for name in accounts_without_password(document)]
    try:
        connection = _connect(document, Path(orthanc.GetConfigurationPath()))
    except ConfigurationError as error:
        unknown = RulesAsGiven(RulesState(problem=str(error), problem_at=now()))
        return Configuration(None, str(error), unknown, warnings)
    rules = RulesInForce(connection.settings.rules_file, now=now)
    return Configuration(connection, "", rules, warnings)


def _connect(document: Mapping[str, object], configuration_path: Path) -> Connection:
    settings = read_settings(document, configuration_path)
    try:
        outbox = Outbox(settings.outbox_folder)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The outbox folder {settings.outbox_folder} cannot be used: {error}. Make it a"
            ' writable folder, or set "Segrelay.OutboxFolder" in orthanc.json.'
        ) from error
    client = DjangoClient(base_url=settings.django_url, token=settings.token)
    return Connection(settings=settings, django=client, outbox=outbox)
