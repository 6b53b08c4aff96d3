from __future__ import annotations

import pytest

from segrelay_api.environment import Environment, SettingError, without_own_secrets


def test_an_empty_environment_gives_working_defaults() -> None:
    environment = Environment.read({})
    assert environment.lease_seconds == 120
    assert environment.use_local_inference
    assert not environment.open_to_loopback
    assert environment.worker_tokens == {}
    assert environment.ticket_secret == ""
    assert environment.embedded_worker_command == ("segrelay-worker",)


def test_values_are_read_into_their_types() -> None:
    environment = Environment.read(
        {
            "ALLOWED_HOSTS": "a.example, b.example",
            "ORTHANC_URL": "https://orthanc.example/",
            "WORKER_TOKENS": "lab1=aaaaaaaaaaaaaaaa,lab2=bbbbbbbbbbbbbbbb",
            "OPEN_TO_LOOPBACK": "True",
            "LEASE_SECONDS": "4.5",
        }
    )
    assert environment.allowed_hosts == ("a.example", "b.example")
    assert environment.orthanc_url == "https://orthanc.example"
    assert environment.worker_tokens["lab2"] == "bbbbbbbbbbbbbbbb"
    assert environment.open_to_loopback
    assert environment.lease_seconds == 4.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPEN_TO_LOOPBACK", "yes"),
        ("LEASE_SECONDS", "soon"),
        ("LEASE_SECONDS", "0"),
        ("ORTHANC_URL", "orthanc:8042"),
        ("ORTHANC_URL", "http://user:hunter2@orthanc:8042"),
        ("DATABASE_URL", "postgresql://queue"),
        ("DATABASE_URL", "mysql://host/queue"),
        ("LISTEN_DATABASE_URL", "sqlite:///queue"),
        ("WORKER_TOKENS", "aaaaaaaaaaaaaaaa"),
        ("WORKER_TOKENS", "lab1=aaaaaaaaaaaaaaaa,lab1=bbbbbbbbbbbbbbbb"),
        ("WORKER_TOKENS", "lab1=short"),
        ("PLUGIN_TOKEN", "short"),
        ("TICKET_SECRET", "a" * 31),
        ("EMBEDDED_WORKER_COMMAND", "segrelay-worker 'here"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_secrets_are_not_repeated(
    name: str, value: str
) -> None:
    with pytest.raises(SettingError, match=name) as refusal:
        Environment.read({name: value})
    assert "hunter2" not in str(refusal.value)
    assert "aaaa" not in str(refusal.value)


def test_a_command_is_read_as_a_shell_would() -> None:
    environment = Environment.read({"EMBEDDED_WORKER_COMMAND": "'/opt/my worker' --quiet"})
    assert environment.embedded_worker_command == ("/opt/my worker", "--quiet")


def test_the_length_of_the_ticket_secret_is_counted_in_bytes() -> None:
    in_korean = "비" * 11  # three bytes each
    assert Environment.read({"TICKET_SECRET": in_korean}).ticket_secret == in_korean
    with pytest.raises(SettingError, match=r"30 bytes.*SEGRELAY_TICKET_SECRET"):
        Environment.read({"TICKET_SECRET": in_korean[:10]})


def test_other_programs_do_not_get_the_secrets_of_this_one() -> None:
    own = {"DJANGO_SECRET_KEY": "a", "WORKER_TOKENS": "b", "TICKET_SECRET": "c"}
    others = {"WORKER_TOKEN": "d", "PATH": "e"}
    assert without_own_secrets(own | others) == others
