"""Series of some seeds through the core, one line of JSON each: `python -m fuzz.core_side 0 200`.

In a process of its own with bounded memory and time: what is shown here may end it.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import traceback
import warnings
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from builders.mutated_series import Files, mutated_series
from builders.segmented import segmented
from fakes.stub_segmenter import write_stub_package
from fuzz.stored_geometry import misplaced
from pydicom.config import disable_value_validation

from segrelay_worker.errors import PermanentError
from segrelay_worker.logs import configure_logs
from segrelay_worker.segmenters.package import ModelPackage, load_package

LARGEST_MEMORY_BYTES = 2 * 1024**3
MOST_CPU_SECONDS = 10.0
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def main(first: int, count: int) -> None:
    """Each line names its seed and how the series ended; `fault` is empty where that is allowed."""
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY_BYTES, LARGEST_MEMORY_BYTES))
    warnings.simplefilter("ignore")
    configure_logs("ERROR")
    with TemporaryDirectory() as name:
        package = load_package(write_stub_package(Path(name) / "package"))
    for seed in range(first, first + count):
        files = mutated_series(seed)
        signal.setitimer(signal.ITIMER_PROF, MOST_CPU_SECONDS)  # ends this process then
        with TemporaryDirectory() as folder:
            end, fault = _end(Path(folder), package, files)
        print(json.dumps({"seed": seed, "end": end, "fault": fault}), flush=True)  # noqa: T201


def _end(folder: Path, package: ModelPackage, files: Files) -> tuple[str, str]:
    try:
        return _through_the_core(folder, package, files)
    except PermanentError as error:
        str(error)  # its sentence has all that it needs
        return error.code, ""
    except Exception as error:  # noqa: BLE001 - the loop that reports whatever goes wrong
        return type(error).__name__, traceback.format_exc()


def _through_the_core(folder: Path, package: ModelPackage, files: Files) -> tuple[str, str]:
    series, results = folder / "series", folder / "results"
    series.mkdir()
    for number, file in enumerate(files):
        (series / str(number)).write_bytes(file)
    outcome = segmented(series, results, package)
    if outcome.files[0].kind != "SEG":
        return outcome.outcome, ""
    with disable_value_validation():
        return outcome.outcome, misplaced(outcome.files[0].path, files)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
