from pathlib import Path
from typing import Any

import pytest
from fakes.orthanc_module import good_configuration

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.settings import read_settings


def test_paths_count_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    settings = read_settings(good_configuration(), tmp_path / "orthanc.json")
    assert settings.rules_file == tmp_path / "rules.toml"
    assert settings.outbox_folder == tmp_path / "storage" / "segrelay-outbox"


def test_the_configuration_may_be_a_folder(tmp_path: Path) -> None:
    settings = read_settings(good_configuration(), tmp_path)
    assert settings.rules_file == tmp_path / "rules.toml"


def test_the_outbox_may_lie_elsewhere(tmp_path: Path) -> None:
    configuration = good_configuration()
    configuration["Segrelay"]["OutboxFolder"] = "/var/spool/segrelay"
    assert read_settings(configuration, tmp_path).outbox_folder == Path("/var/spool/segrelay")


def test_the_address_of_django_ends_with_a_slash(tmp_path: Path) -> None:
    settings = read_settings(good_configuration(django_url="http://queue/api"), tmp_path)
    assert settings.django_url == "http://queue/api/"


def test_the_token_is_not_shown_when_settings_are_printed(tmp_path: Path) -> None:
    assert "secret" not in repr(read_settings(good_configuration(), tmp_path))


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"Token": ""}, "Segrelay.Token"),
        ({"Token": 7}, "Segrelay.Token"),
        ({"Token": "비밀"}, "Segrelay.Token"),
        ({"Token": "two\nlines"}, "Segrelay.Token"),
        ({"DjangoUrl": ""}, "Segrelay.DjangoUrl"),
        ({"DjangoUrl": "queue.example/api"}, "Segrelay.DjangoUrl"),
        ({"DjangoUrl": "file:///etc/passwd"}, "Segrelay.DjangoUrl"),
        ({"RulesFile": " "}, "Segrelay.RulesFile"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, section: dict[str, Any], named: str) -> None:
    configuration = good_configuration()
    configuration["Segrelay"] |= section
    with pytest.raises(ConfigurationError, match=named):
        read_settings(configuration, tmp_path)


def test_an_orthanc_that_checks_revisions_lets_nothing_be_set_twice_and_is_named(
    tmp_path: Path,
) -> None:
    read_settings({**good_configuration(), "CheckRevisions": False}, tmp_path)
    with pytest.raises(ConfigurationError, match="CheckRevisions"):
        read_settings({**good_configuration(), "CheckRevisions": True}, tmp_path)


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match='section "Segrelay"'):
        read_settings({}, tmp_path)


def test_metadata_that_orthanc_does_not_know_is_named(tmp_path: Path) -> None:
    configuration = good_configuration()
    del configuration["UserMetadata"]["SegrelayRole"]
    with pytest.raises(ConfigurationError, match="lacks SegrelayRole:"):
        read_settings(configuration, tmp_path)


def test_an_age_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="StableAge"):
        read_settings(good_configuration() | {"StableAge": "soon"}, tmp_path)
