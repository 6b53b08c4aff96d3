from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.stub_segmenter import STUB_FORMATS, write_stub_package

from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.formats import open_segmenter
from segrelay_worker.segmenters.intensity_steps import MonaiTransform
from segrelay_worker.segmenters.monai_transform import built_transform, transformed
from segrelay_worker.segmenters.package import load_package

CHANNELS = np.random.default_rng(3).gamma(2, 300, (2, 6, 5, 4)).astype(np.float32)


def step(name: str, **arguments: Any) -> MonaiTransform:
    return MonaiTransform(step="monai", transform=f"monai.transforms:{name}", arguments=arguments)


def test_it_is_called_with_its_arguments() -> None:
    done = transformed(CHANNELS, step("NormalizeIntensity", subtrahend=100, divisor=50))
    np.testing.assert_allclose(done, (CHANNELS - 100) / 50, rtol=1e-5)
    assert done.dtype == np.float32


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (step("SharpenIntensity"), "'monai.transforms:SharpenIntensity', which MONAI has not"),
        (step("NormalizeIntensityd", keys="t1"), "expected an array transform"),
        (step("RandGaussianNoise"), "without chance"),
        (step("Flip", spatial_axis=0), "expected an array transform of intensities"),
        (step("ScaleIntensity", wrong=1), "the arguments do not fit"),
    ],
)
def test_what_is_no_such_transform_is_refused(wanted: MonaiTransform, said: str) -> None:
    with pytest.raises(PermanentError) as caught:
        built_transform(wanted)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (step("ForegroundMask", threshold=100), "which made (1, 6, 5, 4) of (2, 6, 5, 4)"),
        (step("NormalizeIntensity", subtrahend=[1, 2, 3], channel_wise=True), "which failed: "),
    ],
)
def test_one_that_does_not_keep_the_channels_is_refused(wanted: MonaiTransform, said: str) -> None:
    with pytest.raises(PermanentError) as caught:
        transformed(CHANNELS, wanted)
    assert said in str(caught.value)


def _package_with(folder: Path, transform: str) -> Path:
    toml = write_stub_package(folder).parent / "model.toml"
    named = f'[[input.preprocessing]]\nstep = "monai"\ntransform = "{transform}"\n'
    toml.write_text(toml.read_text(encoding="utf-8") + named, encoding="utf-8")
    return folder


def test_it_is_built_once_before_any_request(tmp_path: Path) -> None:
    package = load_package(_package_with(tmp_path, "monai.transforms:Sharpen"))
    with pytest.raises(PermanentError) as caught:
        open_segmenter(package, device="cpu", formats=STUB_FORMATS)
    assert "which MONAI has not" in str(caught.value)


def test_without_monai_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "segrelay_worker.segmenters.monai_transform")
    monkeypatch.setitem(sys.modules, "monai.transforms", None)
    package = load_package(_package_with(tmp_path, "monai.transforms:ScaleIntensity"))
    with pytest.raises(PermanentError) as caught:
        open_segmenter(package, device="cpu", formats=STUB_FORMATS)
    assert "pip install 'segrelay-worker[monai]'" in str(caught.value)
