from __future__ import annotations

from pathlib import Path

import pytest
from fakes.stub_segmenter import write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
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
        ('["t1"]', '["t1", "t1"]', ("input.roles", "each role once")),
        ('["t1"]', "[]", ("input.roles", "at least 1")),
        ("best_model.pth", "../best_model.pth", ("model.weights", "../best_model.pth")),
        ('sha256 = "', 'sha256 = "x', ("model.sha256",)),
        ("number = 2", "number = 3", ("segments.number is [1, 3]", "expected 1, 2, 3")),
        ('"Core"', '"Kernöl"', ("segments.1.label",)),
        ('"binary"', '"mask"', ("output.kind", "mask", "'fractional' or 'labelmap'")),
        ("number = 1", "number = 1\ncolor = [0, 0, 256]", ("segments.0.color.2", "256")),
        ("[model]", "[model", ("model.toml is no TOML",)),
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
