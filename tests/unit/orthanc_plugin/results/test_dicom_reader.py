import pytest
from fakes.orthanc_module import FLAGS, FORMATS, FakeOrthanc

from segrelay_plugin.errors import ResultRefusedError
from segrelay_plugin.results.dicom_reader import BEGINNING, DicomReader

ALL_BUT_PIXELS = FLAGS.INCLUDE_PRIVATE_TAGS | FLAGS.INCLUDE_UNKNOWN_TAGS


def test_orthanc_itself_reads_the_file_without_its_pixels(orthanc: FakeOrthanc) -> None:
    assert DicomReader(orthanc).tags(BEGINNING + b'{"0008,0060": "SR"}') == {"0008,0060": "SR"}
    assert orthanc.read == [(FORMATS.SHORT, ALL_BUT_PIXELS, 0)]


@pytest.mark.parametrize("content", [b"", b"{}", BEGINNING, BEGINNING + b"damaged"])
def test_what_orthanc_cannot_read_is_refused(orthanc: FakeOrthanc, content: bytes) -> None:
    with pytest.raises(ResultRefusedError, match="result_no_dicom"):
        DicomReader(orthanc).tags(content)


def test_a_file_that_could_be_a_zip_file_too_is_not_even_read(orthanc: FakeOrthanc) -> None:
    polyglot = b"PK\x03\x04" + bytes(124) + b"DICM{}"
    with pytest.raises(ResultRefusedError, match="result_no_dicom"):
        DicomReader(orthanc).tags(polyglot)
    assert orthanc.read == []
