# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.tags import USER_METADATA

SECTION = "Segrelay"
DEFAULT_STABLE_AGE_SECONDS = 60  # Orthanc's own default of "StableAge"
DEFAULT_STORAGE = "OrthancStorage"  # Orthanc's own default of "StorageDirectory"


@dataclass(frozen=True, slots=True)
class Settings:
    """What orthanc.json says about this plugin."""

    django_url: str  # ends with a slash
    token: str = field(repr=False)
    rules_file: Path
    outbox_folder: Path
    stable_age_seconds: float


def read_settings(configuration: Mapping[str, object], configuration_path: Path) -> Settings:
    """Checks the plugin's part of Orthanc's configuration.

    Relative paths count from the folder of the configuration, as Orthanc's own do.

    Raises:
        ConfigurationError: something is missing or wrong; the message names it.
    """
    section = configuration.get(SECTION)
    if not isinstance(section, Mapping):
        raise ConfigurationError(f'orthanc.json has no section "{SECTION}": add it.')
    _require_user_metadata(configuration)
    _refuse_revisions(configuration)
    folder = configuration_path if configuration_path.is_dir() else configuration_path.parent
    return Settings(
        django_url=_django_url(section),
        token=_token(section),
        rules_file=folder / _text(section, "RulesFile", "segrelay-rules.toml"),
        outbox_folder=_outbox_folder(section, configuration, folder),
        stable_age_seconds=_stable_age_seconds(configuration),
    )


def _text(section: Mapping[str, object], key: str, default: str = "") -> str:
    value = section.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(
            f'"{SECTION}.{key}" in orthanc.json is missing or empty: it must be a text'
            " (an unset environment variable counts as empty)."
        )
    return value.strip()


def _token(section: Mapping[str, object]) -> str:
    token = _text(section, "Token")
    if not (token.isascii() and token.isprintable()):
        raise ConfigurationError(
            f'"{SECTION}.Token" in orthanc.json must be plain ASCII, as HTTP headers are.'
        )
    return token


def _django_url(section: Mapping[str, object]) -> str:
    url = _text(section, "DjangoUrl")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(
            f'"{SECTION}.DjangoUrl" in orthanc.json must look like'
            " https://host/api/mri/segmentation/."
        )
    return url if url.endswith("/") else f"{url}/"


def _outbox_folder(
    section: Mapping[str, object], configuration: Mapping[str, object], folder: Path
) -> Path:
    if "OutboxFolder" in section:
        return folder / _text(section, "OutboxFolder")
    # Inside the storage: it is the one folder that lives as long as the series do.
    storage = configuration.get("StorageDirectory", DEFAULT_STORAGE)
    return folder / str(storage) / "segrelay-outbox"


def _stable_age_seconds(configuration: Mapping[str, object]) -> float:
    age = configuration.get("StableAge", DEFAULT_STABLE_AGE_SECONDS)
    if not isinstance(age, int | float):
        raise ConfigurationError('"StableAge" in orthanc.json must be a number of seconds.')
    return float(age)


def _require_user_metadata(configuration: Mapping[str, object]) -> None:
    registered = configuration.get("UserMetadata")
    names = registered if isinstance(registered, Mapping) else {}
    missing = [name for name in USER_METADATA if name not in names]
    if missing:
        raise ConfigurationError(
            f'"UserMetadata" in orthanc.json lacks {", ".join(missing)}: copy the entries'
            " from the orthanc.json that Segrelay ships."
        )


def _refuse_revisions(configuration: Mapping[str, object]) -> None:
    """What is set again would need its revision, in a header that RestApiPut cannot send."""
    if configuration.get("CheckRevisions"):
        raise ConfigurationError(
            '"CheckRevisions" in orthanc.json is true: Orthanc then lets no plugin change metadata'
            " that it has set. Set it to false."
        )
