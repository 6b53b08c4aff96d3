"""Result folders of nnU-Net, compared with nnU-Net's own prediction from files."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from builders.folder_mask import found, opened
from builders.folder_package import write_folder_package
from builders.mr_series import SeriesPlan
from builders.nnunet_folder import (
    REGIONS,
    NnunetPlan,
    architecture,
    nnunet_network,
    write_nnunet_folder,
)
from builders.reoriented_nifti import ReorientedNifti
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.folder_files import FOLDER_FILES
from segrelay_worker.segmenters.listed_files import LIST_NAME, list_of_files

pytestmark = pytest.mark.long

SAGITTAL = SeriesPlan(plane="sagittal", shape_zyx=(14, 40, 34), spacing_zyx_mm=(3.5, 1.5, 2.0))
OBLIQUE = SeriesPlan(plane="oblique", shape_zyx=(18, 36, 44))


def write_package(
    folder: Path, nnunet: NnunetPlan, *, activation: str = "argmax", **settings: Any
) -> None:
    write_nnunet_folder(folder, nnunet)
    write_folder_package(folder, "nnunet", activation=activation, **settings)


def nnunets_own(
    tmp_path: Path, nnunet: NnunetPlan, series: list[SeriesPlan], orientation: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Labels [slice, row, column] and probabilities of all heads, from files."""
    files = [ReorientedNifti(plan, orientation) for plan in series]
    paths = [tmp_path / f"case_{number:04d}.nii.gz" for number in range(len(files))]
    for file, path in zip(files, paths, strict=True):
        file.write(path)
    plans = PlansManager(nnunet.plans())
    predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
    predictor.manual_initialization(
        nnunet_network(nnunet),
        plans,
        plans.get_configuration("3d_fullres"),
        [nnunet_network(nnunet, seed=fold).state_dict() for fold in range(nnunet.folds)],
        nnunet.dataset(),
        "nnUNetTrainer",
        nnunet.mirror_axes,
    )
    [(labels_zyx, probabilities_czyx)] = predictor.predict_from_files_sequential(
        [[str(path) for path in paths]], None, save_probabilities=True
    )
    probabilities = [files[0].undone(channel.transpose()) for channel in probabilities_czyx]
    return files[0].undone(labels_zyx.transpose()), np.stack(probabilities)


@pytest.mark.parametrize(
    ("series", "orientation", "nnunet"),
    [
        (SAGITTAL, "RAS", NnunetPlan(folds=2, mirror_axes=(0, 1))),
        (SAGITTAL, "LPS", NnunetPlan(transpose_forward=(2, 0, 1), mirror_axes=(0, 2))),
        (SAGITTAL, "RAS", NnunetPlan(spacing=(1.5, 2.0), patch_size=(40, 24), mirror_axes=(1,))),
        (OBLIQUE, "SAL", NnunetPlan(spacing=(2.0, 2.5, 1.5), mirror_axes=None)),
    ],
)
def test_labels_are_those_of_nnunet_itself(
    tmp_path: Path, series: SeriesPlan, orientation: str, nnunet: NnunetPlan
) -> None:
    write_package(tmp_path / "model", nnunet, orientation=orientation)
    reported = list[float]()
    mask_szyx = found(tmp_path, {"t1": series}, reported).mask_szyx
    labels_zyx, _ = nnunets_own(tmp_path, nnunet, [series], orientation)
    for number, mask_zyx in enumerate(mask_szyx, start=1):
        assert 0.01 < mask_zyx.mean() < 0.9
        np.testing.assert_array_equal(mask_zyx, labels_zyx == number)
    assert reported == sorted(reported)
    assert len(reported) > 3
    assert reported[-1] == 1.0


def test_probabilities_of_labels_are_those_of_nnunet_itself(tmp_path: Path) -> None:
    other = replace(SAGITTAL, lesion=False, seed=1)
    other = replace(other, changes={"FrameOfReferenceUID": SAGITTAL.uid(3)})
    nnunet = NnunetPlan(channels=("T1", "FLAIR"), mirror_axes=None)
    write_package(tmp_path / "model", nnunet, activation="softmax", roles=("t1", "flair"))
    result = found(tmp_path, {"flair": other, "t1": SAGITTAL}, [])
    _, probabilities_czyx = nnunets_own(tmp_path, nnunet, [SAGITTAL, other], "RAS")
    np.testing.assert_array_equal(result.mask_szyx, probabilities_czyx[1:] > 0.5)
    assert result.mask_szyx.any(axis=(1, 2, 3)).all()


def test_regions_are_those_of_nnunet_itself(tmp_path: Path) -> None:
    nnunet = NnunetPlan(labels=REGIONS, mirror_axes=None)
    write_package(tmp_path / "model", nnunet, activation="sigmoid")
    mask_szyx = found(tmp_path, {"t1": OBLIQUE}, []).mask_szyx
    _, probabilities_czyx = nnunets_own(tmp_path, nnunet, [OBLIQUE], "RAS")
    np.testing.assert_array_equal(mask_szyx, probabilities_czyx > 0.5)
    assert (mask_szyx[0] & mask_szyx[1]).any()


def test_a_package_may_leave_the_mirroring_out(tmp_path: Path) -> None:
    write_package(tmp_path / "model", NnunetPlan(), output="mirror_axes = []")
    mask_szyx = found(tmp_path, {"t1": SAGITTAL}, []).mask_szyx
    unmirrored = NnunetPlan(mirror_axes=None)
    labels_zyx, _ = nnunets_own(tmp_path, unmirrored, [SAGITTAL], "RAS")
    np.testing.assert_array_equal(mask_szyx[0], labels_zyx == 1)


@pytest.mark.parametrize(
    ("nnunet", "settings", "said"),
    [
        (NnunetPlan(), {"roles": ("t1", "t2")}, "one for each channel of dataset.json"),
        (NnunetPlan(), {"labels": ("Rim",)}, "describes 1 segments, expected 2"),
        (NnunetPlan(), {"activation": "sigmoid"}, "expected argmax or softmax"),
        (NnunetPlan(labels=REGIONS), {"activation": "argmax"}, "expected sigmoid"),
        (NnunetPlan(reader="NibabelIOWithReorient"), {"orientation": "LPS"}, "expected 'RAS'"),
        (NnunetPlan(), {"output": "mirror_axes = [0]"}, "nnU-Net names the axes itself"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, nnunet: NnunetPlan, settings: dict[str, Any], said: str
) -> None:
    write_package(tmp_path, nnunet, **settings)
    with pytest.raises(PermanentError, match=said) as caught:
        opened(tmp_path)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE


def test_a_fold_does_not_count_twice(tmp_path: Path) -> None:
    write_package(tmp_path, NnunetPlan())
    fold = tmp_path / "fold_0"
    shutil.copy(fold / "checkpoint_final.pth", fold / "checkpoint_best.pth")
    patterns = (*FOLDER_FILES["nnunet"], "fold_*/checkpoint_best.pth")
    listed = list_of_files(tmp_path, patterns)
    (tmp_path / LIST_NAME).write_text(listed, encoding="utf-8")
    manifest = tmp_path / "model.toml"
    checksum = hashlib.sha256(listed.encode()).hexdigest()
    text = re.sub('sha256 = "[0-9a-f]+"', f'sha256 = "{checksum}"', manifest.read_text())
    manifest.write_text(text, encoding="utf-8")
    with pytest.raises(PermanentError, match="several checkpoints of one fold"):
        opened(tmp_path)


def test_a_place_of_weights_in_the_checkpoint_is_not_asked_for(tmp_path: Path) -> None:
    write_package(tmp_path, NnunetPlan())
    with (tmp_path / "model.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('[checkpoint]\nkey = "network_weights"\n')
    with pytest.raises(PermanentError, match="is not for nnunet"):
        opened(tmp_path)


def change_plans(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    plans = json.loads((folder / "plans.json").read_text(encoding="utf-8"))
    change(plans["configurations"]["3d_fullres"])
    (folder / "plans.json").write_text(json.dumps(plans), encoding="utf-8")


def test_plans_that_were_changed_since_are_refused(tmp_path: Path) -> None:
    write_package(tmp_path, NnunetPlan())
    change_plans(tmp_path, lambda configuration: configuration.update(spacing=[1.0, 1.0, 1.0]))
    with pytest.raises(PermanentError) as caught:
        opened(tmp_path)
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH
    assert "plans.json" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"previous_stage": "3d_lowres"}, "a cascade of nnU-Net is not supported"),
        (
            {"architecture": architecture(3, conv_bias=False)},
            "do not fit the network that plans.json describes",
        ),
    ],
)
def test_plans_of_another_kind_are_refused(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    write_nnunet_folder(tmp_path, NnunetPlan())
    change_plans(tmp_path, lambda configuration: configuration.update(change))
    write_folder_package(tmp_path, "nnunet", activation="argmax")
    with pytest.raises(PermanentError, match=said):
        opened(tmp_path)


def test_checkpoints_from_before_numpy_2_are_read(tmp_path: Path) -> None:
    write_nnunet_folder(tmp_path, NnunetPlan())
    path = tmp_path / "fold_0" / "checkpoint_final.pth"
    with ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content.replace(b"cnumpy._core.", b"cnumpy.core."))
    assert b"cnumpy.core.multiarray\nscalar" in path.read_bytes()
    write_folder_package(tmp_path, "nnunet", activation="argmax")
    opened(tmp_path)


class Intruder:
    """Runs something when its pickle is read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code of the file has run",)


@pytest.mark.parametrize(
    ("checkpoint", "said"),
    [
        ({"network_weights": Intruder()}, "which could run code"),
        ({"network_weights": {}, "init_args": {}}, "it lacks 'configuration'"),
    ],
)
def test_a_checkpoint_of_another_kind_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], checkpoint: dict[str, Any], said: str
) -> None:
    write_nnunet_folder(tmp_path, NnunetPlan())
    torch.save(checkpoint, tmp_path / "fold_0" / "checkpoint_final.pth")
    write_folder_package(tmp_path, "nnunet", activation="argmax")
    with pytest.raises(PermanentError, match=said):
        opened(tmp_path)
    assert "code of the file" not in capsys.readouterr().out
