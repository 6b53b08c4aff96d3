import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segrelay_plugin.rules.in_force import SETTLED_AFTER_SECONDS, RulesInForce, RulesState

ONE = '[[rules]]\nname = "one"\n'
TWO = ONE + '[[rules]]\nname = "two"\n'
WRONG = ONE + "role = 7\n"
START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Watched:
    """A rules file, and a clock that stands still unless it is told to go."""

    def __init__(self, file: Path, text: str | None) -> None:
        self.file = file
        self.seconds = 0.0
        if text is not None:
            self.write(text)
        self.rules = RulesInForce(file, now=self.now, clock=lambda: self.seconds)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def write(self, text: str) -> None:
        self.file.write_text(text)
        # Two writes within one tick of the file system's clock would look alike.
        os.utime(self.file, (self.seconds, self.seconds + len(text)))

    def settled(self) -> RulesState:
        self.rules.state()
        self.seconds += SETTLED_AFTER_SECONDS
        return self.rules.state()


def names(state: RulesState) -> list[str]:
    return [rule.name for rule in state.rules]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "rules.toml", ONE)


def test_rules_hold_from_the_start(watched: Watched) -> None:
    assert watched.rules.state().rules[0].name == "one"
    assert (watched.rules.state().loaded_at, watched.rules.state().problem) == (START, "")


def test_a_changed_file_is_taken_over(watched: Watched) -> None:
    watched.write(TWO)
    state = watched.settled()
    assert names(state) == ["one", "two"]
    assert state.loaded_at == START + timedelta(seconds=SETTLED_AFTER_SECONDS)


def test_a_file_is_not_read_while_it_is_being_written(watched: Watched) -> None:
    for text in (ONE + "# a", ONE + "# a b", TWO):
        watched.write(text)
        watched.seconds += SETTLED_AFTER_SECONDS
        assert names(watched.rules.state()) == ["one"]
    assert names(watched.settled()) == ["one", "two"]


def test_a_wrong_change_keeps_the_old_rules_and_says_what_is_wrong(watched: Watched) -> None:
    watched.write(WRONG)
    state = watched.settled()
    assert (names(state), state.loaded_at) == (["one"], START)
    assert "rules.toml, line 3" in state.problem
    assert state.problem_at == watched.now()


def test_a_file_that_is_gone_keeps_the_old_rules(watched: Watched) -> None:
    watched.file.unlink()
    assert names(watched.settled()) == ["one"]
    assert "cannot be read" in watched.rules.state().problem


def test_a_mended_file_clears_the_problem(watched: Watched) -> None:
    watched.write(WRONG)
    watched.settled()
    watched.write(TWO)
    state = watched.settled()
    assert (names(state), state.problem, state.problem_at) == (["one", "two"], "", None)


def test_a_file_that_is_wrong_at_the_start_is_taken_over_when_it_is_mended(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "rules.toml", WRONG)
    assert (names(watched.rules.state()), watched.rules.state().loaded_at) == ([], None)
    watched.write(ONE)
    assert names(watched.settled()) == ["one"]


def test_a_file_that_comes_after_the_start_is_taken_over(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "rules.toml", None)
    watched.write(ONE)
    assert names(watched.settled()) == ["one"]


def test_rules_that_did_not_change_stay_the_same_object(watched: Watched) -> None:
    first = watched.rules.state().rules
    assert watched.settled().rules is first
