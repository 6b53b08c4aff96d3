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


def test_a_manifest_that_is_read_fits_it(tmp_path: Path) -> None:
    toml = write_stub_package(tmp_path, clean=True).parent / "model.toml"
    jsonschema_rs.validate(json.loads(manifest_schema()), tomllib.loads(toml.read_text("utf-8")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"largest_component"', '"largest"'),
        ("threshold", "treshold"),
        ('"none"', '"relu"'),
        ('["t1"]', '"t1"'),
    ],
)
def test_what_is_refused_does_not(tmp_path: Path, old: str, new: str) -> None:
    toml = write_stub_package(tmp_path, clean=True).parent / "model.toml"
    wrong = tomllib.loads(toml.read_text("utf-8").replace(old, new, 1))
    assert not jsonschema_rs.is_valid(json.loads(manifest_schema()), wrong)
