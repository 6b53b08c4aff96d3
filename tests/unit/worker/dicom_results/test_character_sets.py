"""Names in the character sets of the world survive into every result, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import NOW
from builders.mr_series import SeriesPlan, build_series, write_series
from fakes.stub_segmenter import write_stub_package
from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.result_set import write_results
from segrelay_worker.dicom_results.seg_content import binary_content
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series

PLAN = SeriesPlan(shape_zyx=(4, 12, 12), spacing_zyx_mm=(5.0, 5.0, 5.0))
TEXTS = ("PatientName", "StudyDescription", "ReferringPhysicianName", "PatientComments")


@dataclass(frozen=True)
class Written:
    """A name as the bytes of a scanner; `shown` is what people read."""

    character_set: bytes | None
    name: bytes
    shown: str


# The first two are the examples of DICOM PS3.5 I.2 and H.3.1.
NAMES = {
    "korean": Written(
        b"\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    "japanese": Written(
        b"\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    "accented": Written(b"ISO_IR 100", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
    "utf-8": Written(b"ISO_IR 192", "Wang^XiaoDong=王^小東".encode(), "Wang^XiaoDong=王^小東"),
    "chinese": Written(
        b"GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang^XiaoDong=王^小东"
    ),
    "not said": Written(None, b"Buc^J\xe9r\xf4me", ""),
}


def _write_source(written: Written, syntax: UID, folder: Path) -> None:
    """pydicom would encode the name anew, so it takes its place in the finished file."""
    images, stand_in = build_series(PLAN), "N" * len(written.name)
    for image in images:
        for keyword in TEXTS:
            setattr(image, keyword, stand_in)
        del image.SpecificCharacterSet
        if written.character_set is not None:
            image.SpecificCharacterSet = written.character_set.decode().split("\\")
        image.file_meta.TransferSyntaxUID = syntax
        if syntax == ExplicitVRBigEndian:
            image.PixelData = np.frombuffer(image.PixelData, "<u2").byteswap().tobytes()
    for path in write_series(images, folder):
        path.write_bytes(path.read_bytes().replace(stand_in.encode(), written.name))


def _results(folder: Path) -> list[Dataset]:
    package = load_package(write_stub_package(folder / "package"))
    volume = assemble_volume(read_series(folder / "series"))
    work = FinishedWork(volume, package, threshold=0.5, run=0, now=NOW)
    mask_szyx = PLAN.truth_zyx[None]
    files = write_results(
        work=work,
        content=binary_content(mask_szyx),
        result=reported_result(work, mask_szyx),
        folder=folder,
        report=lambda _: None,
    )
    return [dcmread(file.path) for file in files]


def _bytes_of(dataset: Dataset, keyword: str) -> bytes | None:
    element = dataset.get_item(keyword)
    assert element is None or isinstance(element, RawDataElement)
    return None if element is None else (element.value or b"").rstrip(b" ")


def _character_set(dataset: Dataset) -> bytes | None:
    """pydicom reads this element at once."""
    if "SpecificCharacterSet" not in dataset:
        return None
    terms = dataset.SpecificCharacterSet
    return ("\\".join(terms) if isinstance(terms, MultiValue) else str(terms)).encode()


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
@pytest.mark.parametrize("language", NAMES)
def test_names_keep_their_bytes(tmp_path: Path, language: str, syntax: UID) -> None:
    written = NAMES[language]
    _write_source(written, syntax, tmp_path / "series")
    results = _results(tmp_path)
    assert [result.Modality for result in results] == ["SEG", "OT", "SR"]
    for result in results:
        assert {keyword: _bytes_of(result, keyword) for keyword in TEXTS} == dict.fromkeys(
            TEXTS, written.name
        )
        assert _character_set(result) == written.character_set
        if written.shown:
            assert str(result.PatientName) == written.shown
