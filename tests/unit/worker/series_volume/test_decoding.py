from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.mr_series import SeriesPlan, build_series, write_series
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, JPEGLSLossless, RLELossless

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume import decoding
from segrelay_worker.series_volume.decoding import decode_slices, read_series
from segrelay_worker.series_volume.headers import stored_slices


def decode_pixels(image: Dataset) -> NDArray[np.float32]:
    pixels: NDArray[np.float32] = decode_slices(stored_slices(image))[0]
    return pixels


SMALL = SeriesPlan(shape_zyx=(3, 20, 16), shuffled=False)


def test_every_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    paths = write_series(build_series(SMALL), tmp_path)
    paths[1].rename(tmp_path / "no extension, with spaces")
    (tmp_path / "deeper").mkdir()
    paths[2].rename(tmp_path / "deeper" / "x.img")
    assert len(read_series(tmp_path)) == 3


def test_files_that_are_no_dicom_are_counted(tmp_path: Path) -> None:
    write_series(build_series(SMALL), tmp_path)
    (tmp_path / "a.txt").write_text("not an image")
    (tmp_path / "empty").touch()
    with pytest.raises(PermanentError) as caught:
        read_series(tmp_path)
    assert caught.value.code is ErrorCode.UNREADABLE_DICOM
    assert caught.value.parameters == {"count": 2}


def test_an_empty_folder_means_that_the_series_is_gone(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        read_series(tmp_path)
    assert caught.value.code is ErrorCode.SERIES_GONE


def test_a_file_cut_in_its_header_is_unreadable(tmp_path: Path) -> None:
    paths = write_series(build_series(SMALL), tmp_path)
    paths[0].write_bytes(paths[0].read_bytes()[:700])
    with pytest.raises(PermanentError) as caught:
        read_series(tmp_path)
    assert caught.value.code is ErrorCode.UNREADABLE_DICOM


def test_images_of_another_series_are_counted(tmp_path: Path) -> None:
    write_series([*build_series(SMALL), *build_series(SMALL, seed=1)], tmp_path)
    with pytest.raises(PermanentError) as caught:
        read_series(tmp_path)
    assert caught.value.code is ErrorCode.MIXED_SERIES
    assert caught.value.parameters == {"count": 2}


def test_what_cannot_be_inflated_is_unreadable(tmp_path: Path) -> None:
    image = build_series(SMALL)[0]
    image.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    [path] = write_series([image], tmp_path)
    path.write_bytes(path.read_bytes()[:-200] + bytes(range(200)))
    with pytest.raises(PermanentError) as caught:
        read_series(tmp_path)
    assert caught.value.code is ErrorCode.UNREADABLE_DICOM


@pytest.mark.parametrize(
    ("keyword", "uid"),
    [("SeriesInstanceUID", ""), ("StudyInstanceUID", ""), ("SOPClassUID", "1.3.46.670589.11.12.1")],
)
def test_an_image_without_identity_is_unreadable(tmp_path: Path, keyword: str, uid: str) -> None:
    images = build_series(SMALL)
    setattr(images[1], keyword, uid)
    write_series(images, tmp_path)
    with pytest.raises(PermanentError) as caught:
        read_series(tmp_path)
    assert caught.value.code is ErrorCode.UNREADABLE_DICOM


@pytest.mark.parametrize("syntax", [None, JPEGLSLossless, RLELossless])
def test_a_file_cut_in_its_pixels_is_undecodable(tmp_path: Path, syntax: str | None) -> None:
    images = build_series(SMALL)
    if syntax:
        images[1].compress(syntax, generate_instance_uid=False)
    paths = write_series(images, tmp_path)
    paths[1].write_bytes(paths[1].read_bytes()[:-40])
    datasets = read_series(tmp_path)
    with pytest.raises(PermanentError) as caught:
        decode_pixels(datasets[1])
    assert caught.value.code is ErrorCode.UNDECODABLE_PIXELS
    assert caught.value.parameters == {"instance_number": "2"}


def _damaged_frame(image: Dataset) -> None:
    image.compress(JPEGLSLossless, generate_instance_uid=False)
    frame = next(generate_frames(image.PixelData, number_of_frames=1))
    image.PixelData = encapsulate([frame[: len(frame) // 2]])


def _short(image: Dataset) -> None:
    image.PixelData = image.PixelData[:-2]


def _absent(image: Dataset) -> None:
    del image.PixelData


def _coloured(image: Dataset) -> None:
    image.SamplesPerPixel = 3
    image.PhotometricInterpretation = "RGB"
    image.PlanarConfiguration = 0
    image.PixelData = image.PixelData * 3


def _unknown_syntax(image: Dataset) -> None:
    image.file_meta.TransferSyntaxUID = UID("1.2.3.4")


def _rescale_is_text(image: Dataset) -> None:
    del image["RescaleSlope"]
    image.add_new("RescaleSlope", "LO", "steep")


@pytest.mark.parametrize(
    "damage", [_damaged_frame, _short, _absent, _coloured, _unknown_syntax, _rescale_is_text]
)
def test_damaged_pixels_are_named_by_instance_number(damage: object) -> None:
    image = build_series(SMALL, rescale=(2.0, 0.0))[2]
    assert callable(damage)
    damage(image)
    with pytest.raises(PermanentError) as caught:
        decode_pixels(image)
    assert caught.value.code is ErrorCode.UNDECODABLE_PIXELS
    assert caught.value.parameters == {"instance_number": "3"}


@pytest.mark.parametrize("signed", [False, True])
def test_values_are_rescaled(signed: bool) -> None:  # noqa: FBT001 - a parameter of the series
    plan = SeriesPlan(shape_zyx=(3, 20, 16), shuffled=False, signed=signed, rescale=(0.5, -100.0))
    pixels = decode_pixels(build_series(plan)[1])
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, plan.volume_zyx()[1])


def test_negative_stored_values_stay_negative() -> None:
    plan = SeriesPlan(shape_zyx=(3, 20, 16), shuffled=False, signed=True, rescale=(1.0, 300.0))
    np.testing.assert_array_equal(decode_pixels(build_series(plan)[1]), plan.volume_zyx()[1])


def test_what_a_decoder_says_stays_out_of_the_detail(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("cannot read DOE^JANE")

    monkeypatch.setattr(decoding, "pixel_array", fail)
    with pytest.raises(PermanentError) as caught:
        decode_pixels(build_series(SMALL)[0])
    assert caught.value.detail == "ValueError"
