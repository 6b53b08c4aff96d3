"""MONAI bundles, compared with what MONAI's own workflow makes of the same volume in files."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch
import yaml
from builders.bundle_folder import BundlePlan, inverted, step, write_bundle
from builders.folder_mask import found, opened
from builders.folder_package import write_folder_package
from builders.mr_series import SeriesPlan
from builders.reoriented_nifti import ReorientedNifti
from monai.bundle.workflows import ConfigWorkflow
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError

pytestmark = [
    pytest.mark.long,
    # MONAI says that a default changed, whether or not one relied on it.
    pytest.mark.filterwarnings("ignore:monai.transforms.*labels:FutureWarning"),
    # Its reader of files has heard of a decoder that is not here.
    pytest.mark.filterwarnings("ignore:NvImgCodec:UserWarning"),
]

SAGITTAL = SeriesPlan(plane="sagittal", shape_zyx=(14, 40, 34), spacing_zyx_mm=(3.5, 1.5, 2.0))
OBLIQUE = SeriesPlan(plane="oblique", shape_zyx=(14, 30, 34))


def monais_own(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    images: dict[str, SeriesPlan],
    orientation: str,
) -> NDArray[Any]:
    """What the bundle saves, [channel, slice, row, column]."""
    files = {key: ReorientedNifti(plan, orientation) for key, plan in images.items()}
    for key, file in files.items():
        file.write(tmp_path / f"{key}.nii.gz")
    monkeypatch.syspath_prepend(str(tmp_path / "model"))
    workflow = ConfigWorkflow(
        config_file=str(tmp_path / "model" / "configs" / "inference.json"),
        logging_file=False,
        bundle_root=str(tmp_path / "model"),
        device="cpu",
        image_paths={key: str(tmp_path / f"{key}.nii.gz") for key in files},
    )
    workflow.initialize()
    workflow.run()
    for name in [name for name in sys.modules if name.partition(".")[0] == "scripts"]:
        del sys.modules[name]
    [path] = (tmp_path / "model" / "eval").rglob("*.nii.gz")
    image: Any = nibabel.load(path)
    saved_xyzc = np.asarray(image.dataobj).reshape(*image.shape[:3], -1)
    first = next(iter(files.values()))
    return np.stack([first.undone(channel) for channel in np.moveaxis(saved_xyzc, -1, 0)])


@pytest.mark.parametrize(
    ("series", "orientation"), [(SAGITTAL, "RAS"), (SAGITTAL, "SPL"), (OBLIQUE, "LPS")]
)
def test_the_mask_is_that_of_monai_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, series: SeriesPlan, orientation: str
) -> None:
    write_bundle(tmp_path / "model")
    write_folder_package(tmp_path / "model", "monai_bundle", orientation=orientation)
    reported = list[float]()
    mask_szyx = found(tmp_path, {"t1": series}, reported).mask_szyx
    saved = monais_own(tmp_path, monkeypatch, {"image": series}, orientation)
    np.testing.assert_array_equal(mask_szyx, saved)
    shares = mask_szyx.mean(axis=(1, 2, 3))
    assert (shares > 0.01).all()
    assert (shares < 0.98).all()
    assert reported == sorted(reported)
    assert reported[-1] == 1.0
    assert len(set(reported)) > 3


ARGMAX = step("AsDiscreted", "pred", argmax=True)
SOFTMAX = step("Activationsd", "pred", softmax=True)
LABELS = BundlePlan(heads=3, deciding=(SOFTMAX, inverted(), ARGMAX))
SEVERAL = replace(LABELS, images=("t1", "flair"), deciding=(SOFTMAX, inverted("t1"), ARGMAX))


def test_labels_of_several_images_are_those_of_monai_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(SAGITTAL, lesion=False, seed=1)
    other = replace(other, changes={"FrameOfReferenceUID": SAGITTAL.uid(3)})
    write_bundle(tmp_path / "model", SEVERAL)
    write_folder_package(tmp_path / "model", "monai_bundle", roles=("t1", "flair"))
    mask_szyx = found(tmp_path, {"flair": other, "t1": SAGITTAL}, []).mask_szyx
    images = {"t1": SAGITTAL, "flair": other}
    [labels_zyx] = monais_own(tmp_path, monkeypatch, images, "RAS")
    np.testing.assert_array_equal(mask_szyx, [labels_zyx == 1, labels_zyx == 2])
    assert mask_szyx.any(axis=(1, 2, 3)).all()


def mask_of(folder: Path, bundle: BundlePlan, **settings: Any) -> NDArray[np.bool_]:
    write_bundle(folder / "model", bundle)
    write_folder_package(folder / "model", "monai_bundle", **settings)
    return found(folder, {"t1": SAGITTAL}, []).mask_szyx


def test_one_hot_output_lacks_its_background(tmp_path: Path) -> None:
    one_hot = step("AsDiscreted", "pred", argmax=True, to_onehot=3)
    expected = mask_of(tmp_path / "labels", LABELS)
    given = mask_of(
        tmp_path / "hot",
        replace(LABELS, deciding=(SOFTMAX, inverted(), one_hot)),
        activation="argmax",
    )
    np.testing.assert_array_equal(given, expected)


@pytest.mark.parametrize(
    ("bundle", "labels", "code"),
    [
        (BundlePlan(), ("Rim",), ErrorCode.OUTPUT_SHAPE_MISMATCH),
        (LABELS, ("Rim",), ErrorCode.MODEL_FAILED),
        (replace(LABELS, heads=4), ("Rim", "Core"), ErrorCode.MODEL_FAILED),
        (BundlePlan(deciding=[inverted()]), ("Rim", "Core"), ErrorCode.MODEL_FAILED),
    ],
)
def test_output_that_model_toml_does_not_describe_is_refused(
    tmp_path: Path, bundle: BundlePlan, labels: tuple[str, ...], code: ErrorCode
) -> None:
    with pytest.raises(PermanentError) as caught:
        mask_of(tmp_path, bundle, labels=labels)
    assert caught.value.code is code


def test_an_activation_that_the_bundle_did_is_not_asked_for(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="expected 'none'"):
        mask_of(tmp_path, BundlePlan(), activation="sigmoid")


def test_a_package_may_ask_for_mirroring(tmp_path: Path) -> None:
    plain = mask_of(tmp_path / "plain", BundlePlan())
    mirrored = mask_of(tmp_path / "mirrored", BundlePlan(), output="mirror_axes = [1]")
    assert 0 < (plain != mirrored).mean() < 0.5


def test_a_configuration_may_be_yaml(tmp_path: Path) -> None:
    expected = mask_of(tmp_path, BundlePlan())
    path = tmp_path / "model" / "configs" / "inference.json"
    text = yaml.safe_dump(json.loads(path.read_text(encoding="utf-8")))
    path.rename(path.with_suffix(".yaml")).write_text(text, encoding="utf-8")
    write_folder_package(tmp_path / "model", "monai_bundle")
    np.testing.assert_array_equal(found(tmp_path, {"t1": SAGITTAL}, []).mask_szyx, expected)


def test_scripts_of_one_bundle_are_no_others(tmp_path: Path) -> None:
    write_bundle(tmp_path)
    write_folder_package(tmp_path, "monai_bundle")
    opened(tmp_path)
    assert "scripts" not in {name.partition(".")[0] for name in sys.modules}


def test_a_result_that_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    bundle = BundlePlan(deciding=[step("Activationsd", "pred", sigmoid=True)])
    with pytest.raises(PermanentError, match="Invertd is missing in its postprocessing") as caught:
        mask_of(tmp_path, bundle)
    assert caught.value.code is ErrorCode.MODEL_FAILED


def test_a_configuration_that_was_changed_since_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path)
    write_folder_package(tmp_path, "monai_bundle")
    (tmp_path / "scripts" / "predicting.py").write_text("code = 'other'", encoding="utf-8")
    with pytest.raises(PermanentError, match="predicting") as caught:
        opened(tmp_path)
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"preprocessing": {"_target_": "Compose", "transforms": []}}, "has no step LoadImaged"),
        ({"inferer": {"_target_": "NoInferer"}}, "cannot be put together .*NoInferer"),
        ({"network_def": {"_target_": "SegResNet"}}, "model.pt does not fit network_def"),
    ],
)
def test_a_configuration_that_does_not_predict_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    write_bundle(tmp_path)
    path = tmp_path / "configs" / "inference.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**config, **changes}), encoding="utf-8")
    write_folder_package(tmp_path, "monai_bundle")
    with pytest.raises(PermanentError, match=said):
        opened(tmp_path)


def test_each_image_that_a_bundle_loads_needs_a_role(tmp_path: Path) -> None:
    write_bundle(tmp_path, SEVERAL)
    write_folder_package(tmp_path, "monai_bundle", roles=("t1", "t2", "flair"))
    with pytest.raises(PermanentError, match="one for each image that the bundle loads"):
        opened(tmp_path)


class Intruder:
    """Runs something when its pickle is read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code of the file has run",)


def test_weights_that_hold_code_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path)
    torch.save({"model": Intruder()}, tmp_path / "models" / "model.pt")
    write_folder_package(tmp_path, "monai_bundle")
    with pytest.raises(PermanentError, match="which could run code"):
        opened(tmp_path)
    assert "code of the file" not in capsys.readouterr().out
