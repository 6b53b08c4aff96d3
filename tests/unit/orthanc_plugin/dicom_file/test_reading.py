from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from builders.minimal_mr import as_bytes, mr_slice
from builders.mr_series import build_series
from builders.real_files import every_file
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.errors import InvalidDicomError
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)

from segrelay_plugin.dicom_file.elements import DEEPEST
from segrelay_plugin.dicom_file.reading import read_header
from segrelay_plugin.errors import UnreadableFileError
from segrelay_plugin.rules.keywords import known_keywords

# Made to be wrong: pydicom guesses what is meant.
BROKEN = {
    "DICOMDIR-nooffset",
    "SC_rgb_jpeg.dcm",
    "bad_sequence.dcm",
    "meta_missing_tsyntax.dcm",
    "nested_priv_SQ.dcm",
    "rtplan_truncated.dcm",
}
FILES = {path.name: path for path in every_file()}
CT, DEFLATED, BIG, ENHANCED = (
    FILES[name]
    for name in ("CT_small.dcm", "image_dfl.dcm", "MR_small_bigendian.dcm", "emri_small.dcm")
)


def texts(dataset: Dataset) -> dict[str, Any]:
    """What pydicom reads, in the form that Orthanc gives, of what the reader knows."""
    found: dict[str, Any] = {}
    for element in dataset:
        vr = known_keywords().get(element.keyword)
        if vr is None or element.tag.group >= 0x7FE0:
            continue
        if element.VR == "SQ":
            found[element.keyword] = [texts(item) for item in element.value]
        elif element.VR not in {"OB", "OW", "OF", "OD", "OL", "OV", "UN"}:
            found[element.keyword] = number_or_text(element)
    return found


def number_or_text(element: Any) -> list[Any]:
    values = element.value if element.VM > 1 else [element.value] if element.VM else []
    if element.VR in {"DS", "IS", "US", "SS", "UL", "SL", "FD", "FL"}:
        return [pytest.approx(float(value), rel=1e-6) for value in values]
    if element.VR == "AT":
        return [f"{int(value) >> 16:04x},{int(value) & 0xFFFF:04x}" for value in values]
    return [str(value).strip(" \0") for value in values]


def comparable(found: Any, expected: Any) -> Any:
    """The reader's text, taken apart as the expected values are."""
    if isinstance(expected, dict):
        return {name: comparable(found.get(name), value) for name, value in expected.items()}
    if expected and isinstance(expected[0], dict):
        pairs = zip(found, expected, strict=True)
        return [comparable(one, other) for one, other in pairs]
    if found in ([], ""):
        return []
    parts = [part.strip(" \0") for part in found.split("\\")]
    return parts if expected and isinstance(expected[0], str) else [float(part) for part in parts]


def read_by_pydicom(file: Path) -> dict[str, Any] | None:
    try:
        return {name: value for name, value in texts(dcmread(file)).items() if value != []}
    except (InvalidDicomError, ValueError):
        return None


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, about values in odd old files
def test_real_files_are_read_as_pydicom_reads_them_or_refused_as_big_endian() -> None:
    compared = 0
    for file in every_file():
        expected = read_by_pydicom(file)
        if expected is None or file.name in BROKEN:
            continue
        if dcmread(file).original_encoding[1] is False:
            with pytest.raises(UnreadableFileError, match="big endian"):
                read_header(file)
            continue
        assert comparable(read_header(file), expected) == expected, file.name
        compared += 1
    assert compared > 150


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, JPEG2000Lossless]
)
def test_each_transfer_syntax_gives_the_same_tags(tmp_path: Path, syntax: str) -> None:
    image = build_series()[0]
    image.ReferencedImageSequence = [Dataset(), Dataset()]
    image.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    image.save_as(tmp_path / "explicit.dcm", enforce_file_format=True)
    image.file_meta.TransferSyntaxUID = UID(syntax)
    if syntax == JPEG2000Lossless:
        image["PixelData"].is_undefined_length = True
        image.PixelData = encapsulate([b"\0\0"])
    image.save_as(
        tmp_path / "other.dcm",
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=True,
        enforce_file_format=True,
    )
    first = read_header(tmp_path / "explicit.dcm")
    assert read_header(tmp_path / "other.dcm") == first
    assert (first["EchoTime"], first["Rows"]) == ("2.98", "44")
    assert first["ImageType"] == "ORIGINAL\\PRIMARY\\OTHER"
    assert first["ReferencedImageSequence"] == [{"ReferencedSOPInstanceUID": "1.2.3"}, {}]


@pytest.mark.parametrize(
    ("character_set", "text"),
    [
        ("ISO_IR 192", "뇌 T1"),
        ("\\ISO 2022 IR 149", "뇌 T1"),
        ("ISO_IR 100", "Schädel"),
        ("GB18030", "头"),
        ("", "Head"),
    ],
)
def test_text_is_read_in_the_files_character_set(
    tmp_path: Path, character_set: str, text: str
) -> None:
    image = mr_slice(study_uid="1.2", series_uid="1.2.3", description=text)
    image.SpecificCharacterSet = character_set.split("\\")
    file = tmp_path / "image.dcm"
    file.write_bytes(as_bytes(image))
    assert read_header(file)["SeriesDescription"] == text


def test_an_icon_in_pieces_is_passed_over(tmp_path: Path) -> None:
    image = mr_slice(study_uid="1.2", series_uid="1.2.3")
    icon = Dataset()
    icon.Rows = 1
    icon.add_new("PixelData", "OB", encapsulate([b"\0\1", b"\2\3"]))
    icon["PixelData"].is_undefined_length = True
    icon.is_undefined_length_sequence_item = True
    image.IconImageSequence = [icon]
    image["IconImageSequence"].is_undefined_length = True
    file = tmp_path / "image.dcm"
    file.write_bytes(as_bytes(image))
    tags = read_header(file)
    assert tags["IconImageSequence"] == [{"Rows": "1"}]
    assert tags["Rows"] == "4"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is empty"),
        (b"PNG", "it is no DICOM file"),
        (bytes(128) + b"DICM", "transfer syntax"),
        (CT.read_bytes()[:700], "in the middle of an element"),
        (CT.read_bytes()[:396] + bytes(40), "no value representation"),
        (BIG.read_bytes(), "big endian"),
        (DEFLATED.read_bytes()[:600], "deflated"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "bad.dcm"
    file.write_bytes(data)
    with pytest.raises(UnreadableFileError, match=f"bad.dcm cannot be read: .*{says}"):
        read_header(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"none\.dcm cannot be opened"):
        read_header(tmp_path / "none.dcm")


def test_sequences_in_one_another_end_somewhere(tmp_path: Path) -> None:
    deep = Dataset()
    for _ in range(DEEPEST + 2):
        outer = Dataset()
        outer.ReferencedImageSequence = [deep]
        deep = outer
    image = mr_slice(study_uid="1.2", series_uid="1.2.3")
    image.update(deep)
    file = tmp_path / "deep.dcm"
    file.write_bytes(as_bytes(image))
    with pytest.raises(UnreadableFileError, match="without end"):
        read_header(file)


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(200, 6000),
)
def test_damage_ends_in_a_sentence_or_in_tags(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(ENHANCED.read_bytes()[:length])
    for place, value in changes:
        data[place % len(data)] = value
    file = tmp_path_factory.getbasetemp() / "damaged.dcm"
    file.write_bytes(data)
    try:
        read_header(file)
    except UnreadableFileError as error:
        said = str(error)
    else:
        return
    assert said.startswith("damaged.dcm cannot be read: ")


def test_an_item_that_is_longer_than_it_says_is_read_once(tmp_path: Path) -> None:
    head = bytes(128) + b"DICM" + b"\2\0\x10\0UI\x14\0" + b"1.2.840.10008.1.2.1\0"
    sequence = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff"
    item, end_of_sequence = b"\xfe\xff\0\xe0", b"\xfe\xff\xdd\xe0\0\0\0\0"
    rows = b"\x28\0\x10\0US\2\0\7\0"
    inner = sequence + item + b"\x0a\0\0\0" + rows + end_of_sequence
    too_short = item + b"\x0c\0\0\0" + inner
    file = tmp_path / "short.dcm"
    file.write_bytes(head + sequence + too_short + end_of_sequence + rows)
    inside = {"ReferencedImageSequence": [{"Rows": "7"}]}
    assert read_header(file) == {"ReferencedImageSequence": [inside], "Rows": "7"}


def test_no_byte_of_the_pixels_is_asked_for(tmp_path: Path) -> None:
    whole = as_bytes(mr_slice(study_uid="1.2", series_uid="1.2.3", rows=64, columns=64))
    file = tmp_path / "cut.dcm"
    file.write_bytes(whole[:-4000])
    assert read_header(file)["Rows"] == "64"
    assert dcmread(BytesIO(whole)).Rows == 64
