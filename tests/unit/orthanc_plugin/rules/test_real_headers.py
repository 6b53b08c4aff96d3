import gzip
from pathlib import Path

import pytest
from builders.real_files import every_file, package_folder

from segrelay_plugin.dicom_file.reading import read_header
from segrelay_plugin.rules.facts import SeriesFacts, facts_of


def facts(path: Path) -> SeriesFacts:
    return facts_of([read_header(path)])


def named(name: str) -> Path:
    return next(path for path in every_file() if path.name == name)


@pytest.fixture
def philips(tmp_path: Path) -> Path:
    """A real Enhanced header of 176 frames."""
    packed = package_folder("nibabel") / "nicom" / "tests" / "data" / "philips_mprage.dcm.gz"
    file = tmp_path / "philips.dcm"
    file.write_bytes(gzip.decompress(packed.read_bytes()))
    return file


def test_rules_see_into_a_real_enhanced_header(philips: Path) -> None:
    found = facts(philips)
    assert found.images == 176
    assert found.value("plane") == "sagittal"
    assert found.value("dimension") == "3D"
    assert float(found.value("EchoTime") or 0) == pytest.approx(3.7, abs=1)
    assert float(found.value("RepetitionTime") or 0) > 1
    assert float(found.value("SliceThickness") or 0) == pytest.approx(1, abs=0.3)
    assert found.value("MagneticFieldStrength") is not None


def test_rules_see_a_classic_header_that_a_real_scanner_wrote() -> None:
    found = facts(named("MR_small.dcm"))
    assert found.value("EchoTime") == "240.0000"
    assert found.value("plane") is not None
