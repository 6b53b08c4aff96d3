import subprocess
import sys
from pathlib import Path

import pytest
from builders.minimal_mr import as_bytes, mr_series

from segrelay_plugin.rules.__main__ import CANNOT_TELL, MATCHES, NO_RULE, main

PLUGIN = Path(__file__).parents[4] / "orthanc_plugin"
RULES = """
[[rules]]
name = "t2"
when.SeriesDescription = 't2'

[[rules]]
name = "volume"
role = "t1"
candidate_models = ["brain"]
request_now = true
request_for = "study"
again_when_grown = true
when = { plane = "axial", dimension = "3D", images = { min = 2 } }
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "rules.toml").write_text(RULES)
    names = [str(tmp_path / f"{place}.dcm") for place in range(2)]
    for name, dataset in zip(names, mr_series(slices=2), strict=True):
        Path(name).write_bytes(as_bytes(dataset))
    return names


@pytest.fixture
def rules(tmp_path: Path) -> list[str]:
    return ["--rules", str(tmp_path / "rules.toml")]


def test_it_says_which_rule_takes_a_series_and_why_not_an_earlier_one(
    files: list[str], rules: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", *files, *rules]) == MATCHES
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        'Rule "t2" does not match: SeriesDescription is "T1 MPRAGE", but should match "t2".'
    )
    assert second == (
        'Rule "volume" matches: role t1, models brain, '
        "requested at once (study, routine), and again when it grew."
    )


def test_where_no_rule_takes_it_it_says_so_in_korean_too(
    files: list[str], rules: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", files[0], *rules, "--language", "ko"]) == NO_RULE
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert 'images(현재 "1")은(는) 2 이상이어야 합니다' in lines[1]
    assert "분석 대상이 아닙니다" in lines[2]


def test_one_file_may_stand_for_a_series(files: list[str], rules: list[str]) -> None:
    assert main(["test", files[0], *rules, "--images", "24"]) == MATCHES


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (("rules.toml", RULES + "rloe = 'x'"), "rules.toml, line 14"),
        (("0.dcm", "no DICOM"), "0.dcm cannot be read"),
    ],
)
def test_what_it_cannot_use_is_a_sentence(
    files: list[str],
    rules: list[str],
    capsys: pytest.CaptureFixture[str],
    broken: tuple[str, str],
    says: str,
) -> None:
    name, text = broken
    Path(files[0]).with_name(name).write_text(text)
    assert main(["test", *files, *rules]) == CANNOT_TELL
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""


def test_it_runs_with_nothing_installed(files: list[str], rules: list[str]) -> None:
    isolated = [sys.executable, "-S", "-m", "segrelay_plugin.rules", "test", *files, *rules]
    done = subprocess.run(isolated, cwd=PLUGIN, capture_output=True, text=True, check=True)
    assert 'Rule "volume" matches' in done.stdout
