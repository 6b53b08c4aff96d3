from __future__ import annotations

from io import StringIO

from segrelay_contract.status import Stage
from segrelay_worker.commands.progress_bar import ProgressBar


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def _shown(stream: StringIO) -> list[str]:
    with ProgressBar(stream) as bar:
        bar.note("2 files left out")
        bar.show(Stage.INFERRING, 0.0)
        bar.show(Stage.INFERRING, 0.5)
        bar.show(Stage.ENCODING, 1.0)
    return stream.getvalue().split("\n")


def test_a_terminal_shows_a_line_that_grows() -> None:
    note, inferring, encoding, end = _shown(Terminal())
    assert note == "2 files left out"
    assert inferring.split("\r")[-1] == f"추론 중 (inferring) [{'#' * 15}{'.' * 15}]  50%"
    assert encoding.split("\r")[-1] == f"결과 작성 중 (encoding) [{'#' * 30}] 100%"
    assert end == ""


def test_a_file_gets_a_line_for_each_stage() -> None:
    assert _shown(StringIO()) == [
        "2 files left out",
        "추론 중 (inferring)",
        "결과 작성 중 (encoding)",
        "",
    ]
