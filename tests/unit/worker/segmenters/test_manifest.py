from __future__ import annotations

from pathlib import Path

import pytest
from fakes.stub_segmenter import write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.coded_terms import require_good_codes
from segrelay_worker.segmenters.manifest import parse_manifest


@pytest.fixture
def text(tmp_path: Path) -> str:
    weights = write_stub_package(tmp_path, labels=("Lesion", "Core"))
    return (weights.parent / "model.toml").read_text(encoding="utf-8")


def test_a_complete_manifest_is_read(text: str) -> None:
    manifest = parse_manifest(text)
    assert manifest.model.name == "stub-bright"
    assert manifest.input.roles == ("t1",)
    assert [segment.label for segment in manifest.segments] == ["Lesion", "Core"]
    assert manifest.segments[0].type.value == "52988006"


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("threshold = 0.5", "threshold = 1.5", ("output.threshold", "1.5", "less than or equal")),
        ("threshold = 0.5", "", ("output.threshold is missing",)),
        ("kind =", "kinds =", ("output.kinds in model.toml is no key",)),
        ('"RAS"', '"RAA"', ("input.orientation", "RAA", "one letter each")),
        ('"none"', '"relu"', ("output.activation", "relu", "'none', 'sigmoid', ")),
        ('["t1"]', '["t1", "t1"]', ("input.roles", "each one once")),
        ('["t1"]', "[]", ("input.roles", "at least 1")),
        ("best_model.pth", "../best_model.pth", ("model.weights", "../best_model.pth")),
        ('sha256 = "', 'sha256 = "x', ("model.sha256",)),
        ("number = 2", "number = 3", ("segments.number is [1, 3]", "expected 1, 2, 3")),
        ('"Core"', '"Kernöl"', ("segments.1.label",)),
        ('"binary"', '"mask"', ("output.kind", "mask", "'fractional' or 'labelmap'")),
        ("number = 1", "number = 1\ncolor = [0, 0, 256]", ("segments.0.color.2", "256")),
        ("[model]", "[model", ("model.toml is no TOML",)),
        ("threshold = 0.5", 'threshold = "half"', ("'half': expected a number",)),
        ("threshold = 0.5", 'threshold = "0.5"', ("'0.5': expected a number",)),
        ("threshold = 0.5", "threshold = true", ("True: expected a number",)),
        ("threshold = 0.5", "threshold = 2026-01-31", ("'2026-01-31': expected a number",)),
        (
            "number = 1",
            "number = 1.0",
            ("segments.0.number in model.toml is 1.0: expected a whole",),
        ),
        ('name = "stub-bright"', "name = 3", ("model.name in model.toml is 3: expected text",)),
        (
            "interpolate_missing_slice = false",
            'interpolate_missing_slice = "x"',
            ("true or false",),
        ),
        ('roles = ["t1"]', 'roles = "t1"', ("input.roles in model.toml is 't1': expected a list",)),
        ("[[segments]]", "[window]\nsize = 3\n[[segments]]", ("window.size", "3: expected a list")),
        ('"Core"', f'"{"C" * 65}"', ("segments.1.label", "expected at most 64 characters")),
        ('"Core"', '"Kernöl"', ("'Kernöl': expected ASCII text without a backslash",)),
        ("volume = {", 'volume = { echo = "first"', ("input.volume.echo in model.toml is no key",)),
        ("[model]", "window = 3\n[model]", ("window in model.toml is 3: expected a table",)),
    ],
)
def test_a_wrong_key_is_named_with_value_and_expectation(
    text: str, old: str, new: str, parts: tuple[str, ...]
) -> None:
    assert old in text
    with pytest.raises(PermanentError) as caught:
        parse_manifest(text.replace(old, new, 1))
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_example_for_people_is_read(name: str) -> None:
    text = (Path(__file__).parents[4] / name).read_text(encoding="utf-8")
    example = text.partition("```toml\n#:schema")[2].partition("```")[0]
    manifest = parse_manifest("#" + example.replace("…", "ab" * 32))
    require_good_codes(manifest.segments)
    assert [step.step for step in manifest.input.preprocessing] == ["resample", "zscore"]


def test_what_is_wrong_in_a_list_is_told_once(text: str) -> None:
    with pytest.raises(PermanentError) as caught:
        parse_manifest(text.replace('["t1"]', '["T1"]'))
    assert caught.value.parameters["problem"] == (
        "input.roles.0 in model.toml is 'T1': expected at most 32 small letters, digits, - and _"
    )


def _with_lists(text: str, *, before: str = "", after: str = "") -> str:
    """The manifest with a step before its network, and one after it."""
    lists = ""
    if before:
        lists += f"[[input.preprocessing]]\n{before}\n"
    if after:
        lists += f"[[output.postprocessing]]\n{after}\n"
    return text.replace("[[segments]]", f"{lists}[[segments]]", 1)


def test_steps_are_read_in_their_order(text: str) -> None:
    lists = _with_lists(
        _with_lists(text, before='step = "crop_foreground"\nmargin_voxels = 2'),
        before='step = "zscore"',
        after='step = "minimum_volume"\nml = 0.1\nsegments = [2]',
    )
    manifest = parse_manifest(lists)
    assert [step.step for step in manifest.input.preprocessing] == ["crop_foreground", "zscore"]
    assert manifest.output.postprocessing[0].segments == (2,)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", 'step = "open"', "output.postprocessing.0.step in model.toml is 'open', expected one"),
        ("", 'step = "open"', "'largest_component', 'fill_holes', 'minimum_volume'"),
        ("", "ml = 3", "output.postprocessing.0.step is missing in model.toml"),
        ("", 'step = "minimum_volume"', "output.postprocessing.0.ml is missing in model.toml"),
        ("", 'step = "minimum_volume"\nml = 0', "postprocessing.0.ml in model.toml is 0: expected"),
        ("", 'step = "fill_holes"\nml = 1', "postprocessing.0.ml in model.toml is no key that"),
        ("", 'step = "fill_holes"\nsegments = [3]', "0.segments in model.toml is [3], expected s"),
        (
            'step = "blur"',
            "",
            "input.preprocessing.0.step in model.toml is 'blur', expected one of",
        ),
        ('step = "resample"', "", "input.preprocessing.0.spacing_mm is missing in model.toml"),
        (
            'step = "zscore"\nvoxels = "some"',
            "",
            "0.voxels in model.toml is 'some': expected 'all' ",
        ),
        (
            'step = "zscore"\nroles = ["t2"]',
            "",
            "0.roles in model.toml is ['t2'], expected some of",
        ),
        (
            'step = "window"\nlower = 2\nupper = 1',
            "",
            "preprocessing.0 in model.toml: expected low",
        ),
        (
            'step = "pad_to_multiple"\nmultiple = 1.5',
            "",
            "multiple in model.toml is 1.5: expected a",
        ),
        (
            'step = "monai"\ntransform = "os:system"',
            "",
            "'os:system': expected a name such",
        ),
    ],
)
def test_a_wrong_step_is_named_as_it_stands_in_the_file(
    text: str, before: str, after: str, said: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        parse_manifest(_with_lists(text, before=before, after=after))
    assert said in str(caught.value)
