from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pytest
from builders.mr_series import SeriesPlan, build_series
from builders.transfer_syntaxes import PACKINGS
from pydicom.uid import UID

from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series

TWO_SLICES = SeriesPlan(shape_zyx=(2, 44, 36), spacing_zyx_mm=(9.0, 2.0, 2.5))
BELOW_ZERO = SeriesPlan(
    shape_zyx=(2, 44, 36), spacing_zyx_mm=(9.0, 2.0, 2.5), signed=True, rescale=(0.5, 300.0)
)
SERIES = [pytest.param(syntax, TWO_SLICES, id=syntax.name) for syntax in PACKINGS] + [
    pytest.param(syntax, BELOW_ZERO, id=f"{syntax.name}, below zero")
    for syntax, packing in PACKINGS.items()
    if packing.signed_too
]


@pytest.mark.parametrize(("syntax", "plan"), SERIES)
def test_the_same_voxels_come_out_of_every_transfer_syntax(
    syntax: UID, plan: SeriesPlan, tmp_path: Path
) -> None:
    packing = PACKINGS[syntax]
    for place, image in enumerate(build_series(plan)):
        packing.write(image, tmp_path / f"IM{place}")
    volume = assemble_volume(read_series(tmp_path))
    np.testing.assert_allclose(volume.array_zyx, plan.volume_zyx(), rtol=0, atol=packing.tolerance)
    assert {dataset.file_meta.TransferSyntaxUID for dataset in volume.datasets} == {syntax}


def test_no_decoder_under_the_gpl_is_installed() -> None:
    with pytest.raises(PackageNotFoundError):
        distribution("pylibjpeg-libjpeg")
