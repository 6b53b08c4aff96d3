import subprocess
import sys
from pathlib import Path

import pytest
from integration.polling import until

from demo.errors import ProgramMissingError
from demo.programs import Program, RunningProgram

ROOT = Path(__file__).resolve().parents[3]

STARTS_ONE = """
import sys
from pathlib import Path
from demo.programs import Program, RunningProgram
command = ("sh", "-c", "echo $$; exec sleep 60")
RunningProgram(Program("sleep", command, {"PATH": "/usr/bin:/bin"}, Path(sys.argv[1])))
sys.stdin.read()
"""


def test_a_program_sees_its_own_environment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    environment = {"PATH": "/usr/bin:/bin", "GIVEN": "yes"}
    program = Program("env", ("env",), environment, tmp_path / "log")
    assert RunningProgram(program).wait() == 0
    assert set(program.log.read_text().split()) == {"PATH=/usr/bin:/bin", "GIVEN=yes"}


def test_a_killed_demo_takes_its_programs_along(tmp_path: Path) -> None:
    log = tmp_path / "log"
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE, str(log)], cwd=ROOT, stdin=subprocess.PIPE
    )
    until(lambda: log.is_file() and log.read_text().endswith("\n"), what="the program runs")
    process = Path(f"/proc/{log.read_text().strip()}")
    assert process.exists()
    starter.kill()
    starter.communicate()
    until(lambda: not process.exists(), what="the program has ended")


def test_without_setpriv_the_error_names_the_package(tmp_path: Path) -> None:
    program = Program("env", ("env",), {"PATH": str(tmp_path)}, tmp_path / "log")
    with pytest.raises(ProgramMissingError, match="util-linux"):
        RunningProgram(program)


def test_the_last_words_of_a_silent_program_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("\n\n")
    assert Program("silent", (), {}, tmp_path / "log").last_words() == "nothing"
