import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from demo.colin27 import tilted_head
from demo.comparison import compared
from demo.errors import ReferenceFailedError
from demo.placed_mask import PlacedMask
from demo.reference import reference_mask


def put_deepbet(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a deepbet-cli of our own beside the running Python; -m's value is its sixth argument."""
    command = folder / "deepbet-cli"
    command.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))


def mask_file(head_file: Path) -> Path:
    head = nib.Nifti1Image.from_filename(head_file)
    mask = (head.get_fdata() > 70).astype(np.uint8)
    path = head_file.with_name("brain.nii.gz")
    image = nib.Nifti1Image(mask, head.affine)  # type: ignore[no-untyped-call] # nibabel's gap
    nib.save(image, path)
    return path


def test_the_mask_follows_the_head_into_the_tilted_patient(
    head_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_deepbet(tmp_path, monkeypatch, f'[ "$7" = --no_gpu ] && cp {mask_file(head_file)} "$6"')
    reference = reference_mask(head_file, tmp_path / "scratch")
    head = tilted_head(head_file)
    in_series = PlacedMask(
        mask_ijk=head.voxels_crs > 70, affine_ras=np.diag([-1, -1, 1, 1]) @ head.affine_lps
    )
    comparison = compared(in_series, reference=reference)
    assert comparison.voxels_different == 0
    assert comparison.volume_ml == pytest.approx(49 * 6 / 1000)


def test_a_reference_that_wrote_nothing_is_an_error(
    head_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_deepbet(tmp_path, monkeypatch, "echo 'out of memory' >&2")
    with pytest.raises(
        ReferenceFailedError, match=r"wrote no mask for head\.nii\.gz; .*out of mem"
    ):
        reference_mask(head_file, tmp_path / "scratch")


def test_the_mask_of_an_earlier_run_is_never_taken_for_this_one(
    head_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    put_deepbet(tmp_path, monkeypatch, f'cp {mask_file(head_file)} "$6"')
    reference_mask(head_file, scratch)
    put_deepbet(tmp_path, monkeypatch, "exit 1")
    with pytest.raises(ReferenceFailedError):
        reference_mask(head_file, scratch)


def test_without_deepbets_command_the_error_says_what_to_do(
    head_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ReferenceFailedError, match="Run `make setup`"):
        reference_mask(head_file, tmp_path / "scratch")
