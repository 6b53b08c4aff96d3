import contextlib
import os
from pathlib import Path

import pytest

from demo.errors import ProgramEndedError, TooSlowError
from demo.programs import Program
from demo.stack import Stack


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "program.log"


def shell(script: str, log: Path) -> Program:
    environment = {"PATH": os.environ["PATH"]}
    return Program(
        name="The script", command=("sh", "-c", script), environment=environment, log=log
    )


def pid_in(log: Path) -> int | None:
    text = log.read_text()
    return int(text) if text.endswith("\n") else None


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_what_was_started_is_gone_after_an_error(log: Path) -> None:
    with contextlib.suppress(RuntimeError), Stack() as stack:
        stack.start(shell("echo $$; exec sleep 60", log))
        pid = stack.until(lambda: pid_in(log), what="the number of the process", seconds=20)
        assert exists(pid)
        raise RuntimeError
    assert not exists(pid)


def test_a_program_that_does_not_listen_is_killed(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.programs._STOP_SECONDS", 0.2)
    with Stack() as stack:
        stack.start(shell('trap "" TERM; echo $$; while :; do sleep 0.1; done', log))
        pid = stack.until(lambda: pid_in(log), what="the number of the process", seconds=20)
    assert not exists(pid)


def test_programs_are_stopped_in_reverse_order(log: Path) -> None:
    with Stack() as stack:
        for name in ("first", "second"):
            says = f'trap "echo {name}; exit" TERM; echo up; while :; do sleep 0.05; done'
            stack.start(shell(says, log))
        stack.until_true(lambda: log.read_text().count("up") == 2, what="both start", seconds=20)
    assert log.read_text().split()[-2:] == ["second", "first"]


def test_while_waiting_a_program_that_ended_is_named_with_its_last_words(log: Path) -> None:
    with Stack() as stack:
        stack.start(shell("echo the disk is full; echo; exit 3", log))
        with pytest.raises(ProgramEndedError, match=r"^The script ended .*status 3.*disk is full$"):
            stack.until_true(lambda: False, what="Anything", seconds=20)
        with pytest.raises(ProgramEndedError):
            stack.keep_up()


def test_waiting_ends_at_its_deadline() -> None:
    with Stack() as stack, pytest.raises(TooSlowError, match="An answer did not happen within 0"):
        stack.until_true(lambda: False, what="An answer", seconds=0)


def test_an_answer_counts_even_if_it_is_empty() -> None:
    assert Stack().until(lambda: "", what="An answer", seconds=0) == ""


def test_a_program_that_does_one_thing_may_end_well_only(log: Path) -> None:
    with Stack() as stack:
        stack.run(shell("exit 0", log))
        stack.ensure_alive()
        with pytest.raises(ProgramEndedError, match="no such table"):
            stack.run(shell("echo no such table; exit 1", log))
