"""Which series lie in a folder, whatever the files are called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import MediaStorageDirectoryStorage

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.commands.errors import CommandError
from segrelay_worker.errors import PermanentError

Paths = tuple[Path, ...]

LOOKED_AT = ["SeriesInstanceUID", "Modality", "PatientID"]


@dataclass(frozen=True)
class FoundSeries:
    """By Series Instance UID: files, modality, patients; and how many files are no DICOM."""

    paths: Mapping[str, Paths]
    modalities: Mapping[str, str]
    patient_ids: Mapping[str, frozenset[str]] = field(repr=False)  # to be compared, never shown
    other_files: int

    def choose(self, uid: str | None) -> str:
        """The only one, or the one that is named. Raises CommandError with all that there are."""
        chosen = [name for name in self.paths if uid in {None, name}]
        if len(chosen) == 1:
            return chosen[0]
        raise CommandError(self._choice(uid))

    def require_one_patient(self, uids: Iterable[str]) -> None:
        """Raises CommandError where these series, or the images of one, are of several patients.

        Images that were exported before and after their PatientID was corrected have the same UIDs.
        """
        patients = frozenset().union(*(self.patient_ids[uid] for uid in uids))
        if len(patients) > 1:
            raise CommandError(
                "The images to analyse do not all name the same patient (Patient ID). Put the"
                " images of one patient into a folder of their own, and name that."
            )

    def _choice(self, uid: str | None) -> str:
        if not self.paths:
            return (
                "The folder holds no DICOM images. Name a folder with the images of an MR series."
            )
        problem = (
            "The folder holds several series." if uid is None else f"There is no series {uid!r}."
        )
        return "\n".join([f"{problem} Choose one with --series UID:", *self._lines()])

    def choice_for(self, roles: Sequence[str]) -> str:
        """What to say to somebody who has not named a series for each of several roles."""
        needed = " ".join(f"--series {role}=UID" for role in roles)
        return "\n".join([f"The model needs several series: {needed}", *self._lines()])

    def _lines(self) -> list[str]:
        return [
            f"  {uid}  {self.modalities[uid]}  {len(paths)} files"
            for uid, paths in sorted(self.paths.items())
        ]


def find_series(folder: Path) -> FoundSeries:
    """Looks at every file below a folder; one that is no DICOM is left out.

    Raises CommandError if there is no such folder, PermanentError unreadable_dicom if DICOM files
    are damaged.
    """
    if not folder.is_dir():
        raise CommandError(f"There is no folder {str(folder)!r}.")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    headers = {path: _header(path) for path in files}
    damaged = sum(header is not None and not _uid(header) for header in headers.values())
    if damaged:
        raise PermanentError(ErrorCode.UNREADABLE_DICOM, {"count": damaged})
    return _grouped({path: header for path, header in headers.items() if header}, len(files))


def _grouped(headers: Mapping[Path, Dataset], files: int) -> FoundSeries:
    paths: defaultdict[str, Paths] = defaultdict(tuple)
    patient_ids: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    modalities: dict[str, str] = {}
    for path, header in headers.items():
        paths[_uid(header)] += (path,)
        patient_ids[_uid(header)] |= {str(header.get("PatientID") or "").strip()}
        modalities.setdefault(_uid(header), str(header.get("Modality", "?")))
    return FoundSeries(dict(paths), modalities, dict(patient_ids), files - len(headers))


def _header(path: Path) -> Dataset | None:
    """Empty for a damaged image; None for what is no image at all."""
    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=LOOKED_AT)
    except InvalidDicomError:
        return None
    except (EOFError, OSError, ValueError, KeyError):
        return Dataset()
    is_directory = header.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage
    return None if is_directory else header


def _uid(header: Dataset) -> str:
    return str(header.get("SeriesInstanceUID") or "")


def link_files(paths: Sequence[Path], folder: Path) -> None:
    """Puts the files of one series into a folder of their own, where the core reads them."""
    folder.mkdir()
    for number, path in enumerate(paths):
        (folder / f"{number:06}").symlink_to(path.resolve())
