import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrelay_plugin.rules.lines import line_of

TEXT = """\
# EchoTime = 1 is only said here
[[rules]]
name = "one"

[rules.when]
EchoTime = { max = 1 }
images = { min = 2 }

[[rules]]
name = '''
EchoTime = over
several lines'''
when.any = [
  { EchoTime = 1 },
  { EchoTime = 2, RepetitionTime = 3 },
]

[rules.when.not.any]
# nothing
EchoTime = 'x'
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("rules", 0), 2),
        (("rules", 0, "name"), 3),
        (("rules", 0, "when", "EchoTime"), 6),
        (("rules", 0, "when", "images", "min"), 7),
        (("rules", 0, "role"), 2),
        (("rules", 1), 9),
        (("rules", 1, "name"), 10),
        (("rules", 1, "when", "any", 0, "EchoTime"), 14),
        (("rules", 1, "when", "any", 1, "RepetitionTime"), 15),
        (("rules", 1, "when", "not"), 18),
        (("rules", 1, "when", "not", "any", "EchoTime"), 20),
        (("rules", 2), 2),
        (("other",), 1),
    ],
)
def test_the_line_of_a_value_is_found(path: tuple[str | int, ...], line: int) -> None:
    text = TEXT.replace("[rules.when.not.any]", "[rules.when.not.any]")
    assert tomllib.loads(text)
    assert line_of(text, path) == line


@given(
    st.lists(st.sampled_from(["", "# EchoTime = 5", "x = 1 # EchoTime"]), max_size=5), st.booleans()
)
def test_what_stands_above_moves_the_line_and_nothing_else(above: list[str], windows: bool) -> None:  # noqa: FBT001 - hypothesis gives by place
    lines = [line.replace("x", f"x{place}") for place, line in enumerate(above)]
    text = "\n".join([*lines, "EchoTime = 3", "RepetitionTime = 4"])
    text = text.replace("\n", "\r\n") if windows else text
    assert line_of(text, ("EchoTime",)) == len(above) + 1
