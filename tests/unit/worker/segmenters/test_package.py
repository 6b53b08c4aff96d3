from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
from fakes.stub_segmenter import WEIGHTS, write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.package import load_package, opened_weights


def test_a_package_is_found_by_its_weights_or_its_folder(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path)
    assert load_package(weights) == load_package(tmp_path)
    assert load_package(weights).weights_path == weights


def test_the_digest_covers_manifest_and_weights(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path))
    manifest_sha256 = hashlib.sha256((tmp_path / "model.toml").read_bytes()).hexdigest()
    weights_sha256 = hashlib.sha256(WEIGHTS).hexdigest()
    expected = hashlib.sha256(f"{manifest_sha256}:{weights_sha256}".encode()).hexdigest()
    assert package.digest == expected
    assert load_package(write_stub_package(tmp_path, threshold=0.6)).digest != expected
    assert load_package(write_stub_package(tmp_path, weights=b"other")).digest != expected


def test_offer_and_identity_name_the_same_model(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path, labels=("Lesion", "Core")))
    offer, identity = package.offer(), package.identity()
    assert (offer.name, offer.version, offer.digest, offer.weights_sha256) == (
        identity.name,
        identity.version,
        identity.digest,
        identity.weights_sha256,
    )
    assert offer.roles == ("t1",)
    assert [(segment.number, segment.label) for segment in offer.segments] == [
        (1, "Lesion"),
        (2, "Core"),
    ]


def test_the_offer_says_which_of_several_volumes_is_wanted(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path, volume={"echo_time": "first"}))
    assert package.offer().volume_rule == {"echo_time": "first"}


def test_the_offer_says_what_else_the_package_allows(tmp_path: Path) -> None:
    strict = load_package(write_stub_package(tmp_path / "strict")).offer()
    assert not strict.interpolate_missing_slice
    assert not strict.allow_different_frames_of_reference
    lenient = load_package(
        write_stub_package(tmp_path / "lenient", interpolate=True, any_frame=True)
    ).offer()
    assert lenient.interpolate_missing_slice
    assert lenient.allow_different_frames_of_reference


def test_the_offer_says_what_memory_one_run_takes(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path)
    assert load_package(weights).offer().memory_bytes is None
    manifest = tmp_path / "model.toml"
    manifest.write_text(manifest.read_text() + "\n[limits]\nmemory_gb = 7.5\n")
    assert load_package(weights).offer().memory_bytes == 7_500_000_000


def test_a_package_travels_between_processes(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path))
    assert pickle.loads(pickle.dumps(package)) == package  # noqa: S301 - made one line above


def test_weights_are_opened_at_their_first_byte(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path))
    with opened_weights(package) as file:
        assert file.read() == WEIGHTS


def test_weights_with_another_checksum_are_refused(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path)
    weights.write_bytes(b"something else")
    with pytest.raises(PermanentError) as caught, opened_weights(load_package(weights)):
        pass
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH
    assert caught.value.parameters == {
        "actual": hashlib.sha256(b"something else").hexdigest(),
        "expected": hashlib.sha256(WEIGHTS).hexdigest(),
    }


def _no_manifest(weights: Path) -> Path:
    (weights.parent / "model.toml").unlink()
    return weights


def _other_weights(weights: Path) -> Path:
    return weights.rename(weights.with_name("newer.pth"))


def _latin_1(weights: Path) -> Path:
    (weights.parent / "model.toml").write_bytes(b"# \xe9")
    return weights


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (_no_manifest, "model.toml cannot be read"),
        (_other_weights, "told to use 'newer.pth'"),
        (_latin_1, "not UTF-8"),
    ],
)
def test_an_incomplete_package_says_what_is_missing(
    tmp_path: Path, spoil: object, part: str
) -> None:
    assert callable(spoil)
    path = spoil(write_stub_package(tmp_path))
    with pytest.raises(PermanentError) as caught:
        load_package(path)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
    assert part in str(caught.value)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path))
    package.weights_path.unlink()
    with (
        pytest.raises(PermanentError, match=r"best_model\.pth cannot be read") as caught,
        opened_weights(package),
    ):
        pass
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
