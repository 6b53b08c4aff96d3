from __future__ import annotations

from pathlib import Path

import pytest

from segrelay_worker.settings import load_settings
from segrelay_worker.variables import SettingsError

NEEDED = {
    "DJANGO_API_URL": "https://host/api/mri/",
    "WORKER_TOKEN": "token-of-lab1",
    "ORTHANC_URL": "http://host:8042/",
}
EXAMPLE = Path(__file__).resolve().parents[3] / "worker" / "env.example"


def write_env(folder: Path, text: str) -> None:
    (folder / ".env").write_text(text, encoding="utf-8")


def test_defaults_are_those_that_env_example_names(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path, environment=NEEDED)
    assert settings.model_path == tmp_path / "src" / "best_model.pth"
    assert settings.spool_dir == tmp_path / "spool"
    assert settings.cache_dir == tmp_path / "cache"
    assert settings.device == "cpu"
    assert settings.threshold is None
    assert settings.poll_interval_seconds == 30
    assert settings.orthanc_user is None
    assert settings.log_level == "INFO"
    assert settings.worker_name


def test_env_example_copied_and_filled_in_gives_the_defaults(tmp_path: Path) -> None:
    write_env(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    copied = load_settings(folder=tmp_path, environment=NEEDED)
    (tmp_path / ".env").unlink()
    assert copied == load_settings(folder=tmp_path, environment=NEEDED)


def test_addresses_lose_the_slash_at_their_end(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path, environment=NEEDED)
    assert settings.django_api_url == "https://host/api/mri"
    assert settings.orthanc_url == "http://host:8042"


def test_the_file_is_read_with_comments_and_the_environment_wins(tmp_path: Path) -> None:
    write_env(tmp_path, "DEVICE=cuda  # 또는 cpu\nPOLL_INTERVAL=10\n")
    settings = load_settings(folder=tmp_path, environment={**NEEDED, "POLL_INTERVAL": "5"})
    assert settings.device == "cuda"
    assert settings.poll_interval_seconds == 5


def test_a_password_is_taken_as_it_stands(tmp_path: Path) -> None:
    write_env(tmp_path, "ORTHANC_USER=lab\nORTHANC_PASSWORD='a${HOME}#b c'\n")
    settings = load_settings(folder=tmp_path, environment=NEEDED)
    assert settings.orthanc_password == "a${HOME}#b c"


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_missing_variable_is_named(tmp_path: Path, name: str) -> None:
    rest = {other: value for other, value in NEEDED.items() if other != name}
    with pytest.raises(SettingsError, match=f"^{name} is not set; expected .*\\.env"):
        load_settings(folder=tmp_path, environment=rest)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DJANGO_API_URL", "https://host/", "/api/mri"),
        ("DJANGO_API_URL", "host/api/mri", "/api/mri"),
        ("ORTHANC_URL", "ftp://host", "an address such as"),
        ("ORTHANC_URL", "http://host:port", "an address such as"),
        ("DEVICE", "gpu", "cpu, cuda"),
        ("DEVICE_FALLBACK", "gpu", "cpu, cuda"),
        ("THRESHOLD", "1.5", "a number from 0 to 1"),
        ("THRESHOLD", "nan", "a number from 0 to 1"),
        ("POLL_INTERVAL", "0", "a number of seconds above 0"),
        ("POLL_INTERVAL", "soon", "a number of seconds above 0"),
        ("WORKER_NAME", "n" * 129, "a name of 1 to 128"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG"),
    ],
)
def test_a_wrong_value_is_shown_beside_what_is_expected(
    tmp_path: Path, name: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder=tmp_path, environment={**NEEDED, name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} is '{value}'; expected ")
    assert expected in message


@pytest.mark.parametrize(
    ("name", "value"),
    [("WORKER_TOKEN", "secret with space"), ("ORTHANC_URL", "http://user:secret@host:8042")],
)
def test_a_wrong_secret_is_not_shown(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder=tmp_path, environment={**NEEDED, name: value})
    assert "secret" not in str(caught.value)


def test_settings_never_show_their_secrets(tmp_path: Path) -> None:
    environment = {**NEEDED, "ORTHANC_PASSWORD": "secret-of-orthanc"}
    shown = repr(load_settings(folder=tmp_path, environment=environment))
    assert "token-of-lab1" not in shown
    assert "secret-of-orthanc" not in shown
