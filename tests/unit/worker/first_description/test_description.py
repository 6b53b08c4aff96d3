from __future__ import annotations

import pytest

from segrelay_worker.first_description.description import MARK, first_description
from segrelay_worker.first_description.facts import WeightsFacts
from segrelay_worker.segmenters.coded_terms import require_good_codes
from segrelay_worker.segmenters.folder_files import FOLDER_FILES
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS
from segrelay_worker.segmenters.manifest import Manifest, parse_manifest


def described(facts: WeightsFacts, name: str = "brain") -> Manifest:
    text = first_description(facts, name=name, weights="w.pth", sha256="ab" * 32)
    return parse_manifest(text)


@pytest.mark.parametrize("model_format", sorted({*SEGMENTER_FORMATS, *FOLDER_FILES}))
def test_it_is_read_whatever_the_format(model_format: str) -> None:
    manifest = described(WeightsFacts(model_format))
    require_good_codes(manifest.segments)
    assert (manifest.model.format, manifest.model.sha256) == (model_format, "ab" * 32)
    assert manifest.input.roles == ("t1",)
    assert [segment.label for segment in manifest.segments] == ["Segment 1"]


def test_what_was_found_out_stands_in_it() -> None:
    facts = WeightsFacts(
        "state_dict",
        in_channels=4,
        out_channels=1,
        window=(96, 96, 64),
        network_class="monai.networks.nets:SwinUNETR",
        arguments={"in_channels": 4, "feature_size": 24},
        key="model",
        prefix="module.",
        lora_rank=8,
    )
    manifest = described(facts)
    assert manifest.network is not None
    assert manifest.network.arguments == {"in_channels": 4, "feature_size": 24}
    assert (manifest.checkpoint.key, manifest.checkpoint.strip_prefix) == ("model", "module.")
    assert manifest.checkpoint.lora_alpha == 16
    assert manifest.window is not None
    assert manifest.window.size == (96, 96, 64)
    assert len(manifest.input.roles) == 4
    assert manifest.output.activation == "sigmoid"


def test_of_several_channels_out_the_first_is_taken_for_background() -> None:
    manifest = described(WeightsFacts("onnx", out_channels=3))
    assert manifest.output.activation == "softmax"
    assert len(manifest.segments) == 2


def test_a_folder_that_names_its_segments_keeps_their_names() -> None:
    labels = ("edema", "Kern", "핵")
    facts = WeightsFacts("nnunet", 2, 3, roles=("t1", "flair"), labels=labels, activation="argmax")
    manifest = described(facts)
    assert [segment.label for segment in manifest.segments] == ["edema", "Kern", "?"]
    assert (manifest.input.roles, manifest.output.activation) == (("t1", "flair"), "argmax")


@pytest.mark.parametrize("roles", [("t1", "t1"), ("", "t1")])
def test_names_that_are_no_roles_are_replaced(roles: tuple[str, ...]) -> None:
    assert described(WeightsFacts("nnunet", 2, 1, roles=roles)).input.roles == ("role1", "role2")


@pytest.mark.parametrize(
    ("name", "plain"), [("my brain (v2)", "my-brain-v2"), ("뇌", "model"), ("a" * 60, "a" * 40)]
)
def test_any_name_becomes_one_for_the_queue(name: str, plain: str) -> None:
    assert described(WeightsFacts("onnx"), name=name).model.name == plain


def test_what_only_its_owner_knows_is_marked() -> None:
    text = first_description(WeightsFacts("onnx"), name="n", weights="w", sha256="ab" * 32)
    marked = {line.partition(" = ")[0] for line in text.splitlines() if MARK in line}
    assert {"name", "roles", "orientation", "activation", "label", "category", "type"} <= marked
    assert "sha256" not in marked
