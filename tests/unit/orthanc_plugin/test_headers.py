import pytest
from builders.minimal_mr import CT_IMAGE, SECONDARY_CAPTURE, SEGMENTATION
from fakes.orthanc_module import mr_tags

from segrelay_plugin.headers import header_row, image_count, mr_images


def test_no_patient_tag_leaves_the_machine() -> None:
    row = header_row(mr_tags(PatientName="Somebody", ImagePositionPatient="0\\0\\1"))
    assert set(row) == {
        "SOPClassUID",
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "StudyInstanceUID",
        "Modality",
        "InstanceNumber",
        "EchoTime",
        "ImagePositionPatient",
    }


def test_a_sequence_in_place_of_a_value_is_left_out() -> None:
    assert "EchoTime" not in header_row(mr_tags(EchoTime=[{"a": "b"}]))


@pytest.mark.parametrize("sop_class_uid", [CT_IMAGE, SECONDARY_CAPTURE, SEGMENTATION, None])
def test_an_object_that_only_calls_itself_mr_is_no_mr_image(sop_class_uid: str | None) -> None:
    assert mr_images([mr_tags(SOPClassUID=sop_class_uid)]) == []


def test_images_come_in_order_of_their_number() -> None:
    images = [mr_tags(InstanceNumber=number) for number in ("10", "9", None)]
    assert [tags.get("InstanceNumber") for tags in mr_images(images)] == [None, "9", "10"]


def test_each_frame_counts_as_an_image() -> None:
    assert image_count([mr_tags(), mr_tags(NumberOfFrames="176")]) == 177
