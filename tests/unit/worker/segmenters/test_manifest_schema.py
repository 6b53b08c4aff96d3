from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest
from fakes.stub_segmenter import write_stub_package

from segrelay_worker.segmenters.manifest_schema import SCHEMA_NAME, manifest_schema

PUBLISHED = Path(__file__).parents[4] / "worker" / SCHEMA_NAME


def test_the_published_schema_is_that_of_the_code() -> None:
    published = PUBLISHED.read_text(encoding="utf-8")
    assert published == manifest_schema(), "model.toml has other keys now: run `make schema`"


@pytest.fixture
def text(tmp_path: Path) -> str:
    toml = write_stub_package(tmp_path, clean=True).parent / "model.toml"
    return toml.read_text("utf-8").replace('"stub"', '"onnx"')


def test_a_manifest_that_is_read_fits_it(text: str) -> None:
    jsonschema_rs.validate(json.loads(manifest_schema()), tomllib.loads(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"largest_component"', '"largest"'),
        ("threshold", "treshold"),
        ('"none"', '"relu"'),
        ('["t1"]', '"t1"'),
        ('"onnx"', '"keras"'),
    ],
)
def test_what_is_refused_does_not(text: str, old: str, new: str) -> None:
    wrong = tomllib.loads(text.replace(old, new, 1))
    assert not jsonschema_rs.is_valid(json.loads(manifest_schema()), wrong)
