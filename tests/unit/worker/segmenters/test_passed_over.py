from __future__ import annotations

from pathlib import Path

import pytest
from builders.network_package import write_network_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.segmenters.passed_over import require_nothing_passed_over

WINDOW = "[window]\nsize = [8, 8, 8]"
NETWORK = '[network]\nclass = "a:B"'
CHECKPOINT = '[checkpoint]\nkey = "model"'
PROGRAMS = ("torchscript", "exported_program", "onnx")
FOLDERS = ("monai_bundle", "nnunet")


@pytest.mark.parametrize(
    ("name", "sections", "said"),
    [
        *((name, NETWORK, r"\[network\] in .* brings its own") for name in PROGRAMS + FOLDERS),
        *((name, CHECKPOINT, r"\[checkpoint\] in .* is no checkpoint") for name in PROGRAMS),
        ("nnunet", CHECKPOINT, r"\[checkpoint\] in .* brings its own"),
        *((name, WINDOW, r"\[window\] in .* brings its own") for name in FOLDERS),
        *(
            (name, f"[{section}]\n{key} = {value}", f"{section}.{key} in .* not for {name}")
            for name in FOLDERS
            for section, key, value in (
                ("inference", "precision", '"fast"'),
                ("inference", "check_input", '"head.npy"'),
                ("limits", "smallest_window", "[8, 8, 8]"),
                ("limits", "half_precision", "true"),
            )
        ),
        *(
            (name, "[limits]\nsmallest_window = [8, 8, 8]", r"packages with a \[window\]")
            for name in (*PROGRAMS, "state_dict")
        ),
    ],
)
def test_what_would_be_passed_over_is_refused_before_anything_is_loaded(
    tmp_path: Path, name: str, sections: str, said: str
) -> None:
    write_network_package(tmp_path, name, Path.touch, sections=sections)
    with pytest.raises(PermanentError, match=said) as caught:
        open_segmenter(load_package(tmp_path), device="cpu", formats=SEGMENTER_FORMATS)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("state_dict", f"{NETWORK}\n{CHECKPOINT}\n{WINDOW}\n[limits]\nsmallest_window = [4, 4, 4]"),
        ("monai_bundle", CHECKPOINT),
        ("nnunet", '[inference]\nprecision = "reference"\n[limits]\nseconds = 60'),
        ("onnx", f'{WINDOW}\n[inference]\nprecision = "fast"\ncheck_input = "head.npy"'),
    ],
)
def test_what_a_format_uses_is_not(tmp_path: Path, name: str, sections: str) -> None:
    write_network_package(tmp_path, name, Path.touch, sections=sections)
    require_nothing_passed_over(load_package(tmp_path).manifest)
