import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import Dataset

from demo.mr_series import Volume, decimals, series_datasets, write_series


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def patient_position(image: Dataset, column: int, row: int) -> npt.NDArray[np.float64]:
    """DICOM PS3.3 equation C.7.6.2.1-1, written out."""
    along_row = np.array(image.ImageOrientationPatient[:3], dtype=float)
    along_column = np.array(image.ImageOrientationPatient[3:], dtype=float)
    row_spacing, column_spacing = (float(spacing) for spacing in image.PixelSpacing)
    origin = np.array(image.ImagePositionPatient, dtype=float)
    position: npt.NDArray[np.float64] = (
        origin + along_row * column_spacing * column + along_column * row_spacing * row
    )
    return position


def uids(series: list[Dataset]) -> list[str]:
    return [image.SOPInstanceUID for image in series]


def test_every_voxel_lies_where_the_affine_puts_it(volume: Volume, series: list[Dataset]) -> None:
    for index, image in enumerate(series):
        for column, row in np.ndindex(7, 5):
            expected = volume.affine_lps @ [column, row, index, 1]
            assert np.allclose(patient_position(image, column, row), expected[:3], atol=1e-6)


def test_every_voxel_keeps_its_value_through_a_file(
    volume: Volume, series: list[Dataset], tmp_path: Path
) -> None:
    write_series(series, tmp_path)
    read = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, tmp_path.iterdir())}
    for index, uid in enumerate(uids(series)):
        assert np.array_equal(read[uid].pixel_array, volume.voxels_crs[:, :, index].T)


def test_slice_location_counts_along_the_normal(series: list[Dataset]) -> None:
    locations = [float(image.SliceLocation) for image in series]
    assert np.allclose(np.diff(locations), 2.5)


def test_neither_numbers_nor_file_names_follow_the_position(
    series: list[Dataset], tmp_path: Path
) -> None:
    by_name = [pydicom.dcmread(path) for path in write_series(series, tmp_path)]
    locations_by_name = [float(image.SliceLocation) for image in by_name]
    by_number = sorted(series, key=lambda image: int(image.InstanceNumber))
    locations_by_number = [float(image.SliceLocation) for image in by_number]
    ascending = sorted(locations_by_name)
    orders = [locations_by_name, locations_by_number, ascending, ascending[::-1]]
    assert len({tuple(order) for order in orders}) == 4
    assert sorted(int(image.InstanceNumber) for image in series) == [1, 2, 3, 4, 5, 6]


def test_the_same_volume_is_the_same_series_each_time(
    volume: Volume, series: list[Dataset], tmp_path: Path
) -> None:
    first = write_series(series, tmp_path / "first")
    second = write_series(series_datasets(volume), tmp_path / "second")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_other_voxels_or_another_place_are_another_series(
    volume: Volume, series: list[Dataset]
) -> None:
    brighter = replace(volume, voxels_crs=volume.voxels_crs + np.uint16(1))
    moved = replace(volume, affine_lps=volume.affine_lps + np.eye(4)[:, [0, 0, 0, 1]] * 0.5)
    known = set(uids(series))
    assert known.isdisjoint(uids(series_datasets(brighter)))
    assert known.isdisjoint(uids(series_datasets(moved)))


def test_all_slices_share_study_series_and_frame_of_reference(series: list[Dataset]) -> None:
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
    shared = [{image[keyword].value for image in series} for keyword in keywords]
    assert [len(values) for values in shared] == [1, 1, 1]
    assert len(set.union(*shared)) == 3
    assert len(set(uids(series))) == 6


def test_a_number_that_rounds_up_to_one_more_digit_still_fits() -> None:
    written = decimals(np.array([-9.99999999999997, -0.0, 1 / 3, -999.123456789012]))
    assert written == ["-10.0", "0.0", "0.3333333333", "-999.123456789"]


def test_every_image_is_valid_dicom(series: list[Dataset], tmp_path: Path) -> None:
    for path in write_series(series, tmp_path):
        judged = subprocess.run(
            [program("dciodvfy"), "-new", path], check=False, capture_output=True, text=True
        )
        assert judged.returncode == 0
        assert "Error" not in judged.stderr + judged.stdout


def test_the_images_agree_with_each_other(series: list[Dataset], tmp_path: Path) -> None:
    paths = write_series(series, tmp_path)
    judged = subprocess.run(
        [program("dcentvfy"), *paths], check=False, capture_output=True, text=True
    )
    assert (judged.stdout, judged.stderr) == ("", "")
