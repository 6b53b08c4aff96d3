from __future__ import annotations

from segrelay_api.databases import database_settings


def test_sqlite_takes_its_write_lock_when_a_transaction_begins_and_loses_nothing() -> None:
    settings = database_settings("sqlite:////srv/queue%20one.sqlite3")
    assert settings["NAME"] == "/srv/queue one.sqlite3"
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in settings["OPTIONS"]["init_command"]


def test_postgresql_is_reached_through_a_bounded_pool_and_keeps_the_options_of_its_address() -> (
    None
):
    settings = database_settings("postgresql://user:pass@db.example:6432/queue?sslmode=require")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", 6432, "queue")
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["OPTIONS"]["pool"]["max_size"] == 8
    assert settings["DISABLE_SERVER_SIDE_CURSORS"]
