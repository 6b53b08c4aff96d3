from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from builders.network_package import write_network_package
from fakes.stub_segmenter import STUB_FORMATS, StubSegmenter, write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError, WorkerError
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package


def test_a_known_format_is_opened(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path))
    assert isinstance(open_segmenter(package, device="cpu", formats=STUB_FORMATS), StubSegmenter)


def test_the_stub_does_not_ship(tmp_path: Path) -> None:
    package = load_package(write_stub_package(tmp_path))
    with pytest.raises(PermanentError) as caught:
        open_segmenter(package, device="cpu", formats=SEGMENTER_FORMATS)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
    assert "model.format in model.toml is 'stub', expected one of: exported_program, m" in str(
        caught.value
    )


def test_knowing_the_formats_loads_no_torch() -> None:
    code = (
        "import sys, segrelay_worker.segmenters.formats, segrelay_worker.inference.segment_series;"
        "sys.exit('torch' in sys.modules)"
    )
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("missing", "module", "name", "sections", "extra"),
    [
        ("onnxruntime", "onnx_network", "onnx", "", "onnx"),
        (
            "monai.inferers.utils",
            "sliding_window",
            "torchscript",
            "[window]\nsize = [8, 8, 8]",
            "monai",
        ),
        ("yaml", "bundle_config", "monai_bundle", "", "monai"),
        ("nnunetv2.utilities.get_network_from_plans", "nnunet", "nnunet", "", "nnunet"),
    ],
)
def test_what_is_not_installed_is_named_with_the_extra_that_brings_it(  # noqa: PLR0913
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    missing: str,
    module: str,
    name: str,
    sections: str,
    extra: str,
) -> None:
    for loaded in (module, "monai_bundle"):
        monkeypatch.delitem(sys.modules, f"segrelay_worker.segmenters.{loaded}", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)  # as Python marks what cannot be imported
    write_network_package(tmp_path, name, Path.touch, sections=sections)
    with pytest.raises(PermanentError) as caught:
        open_segmenter(load_package(tmp_path), device="cpu", formats=SEGMENTER_FORMATS)
    assert f"pip install 'segrelay-worker[{extra}]'" in str(caught.value)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyError("spatial_dims"), ErrorCode.MODEL_UNREADABLE, "KeyError: 'spatial_dims'"),
        (RuntimeError("can't allocate memory"), ErrorCode.OUT_OF_MEMORY, "can't allocate memory"),
    ],
)
def test_whatever_loading_leads_to_is_told_and_no_other_model_suffers(
    tmp_path: Path, raised: Exception, code: ErrorCode, said: str
) -> None:
    def fail(*_: object) -> StubSegmenter:
        raise raised

    package = load_package(write_stub_package(tmp_path))
    with pytest.raises(WorkerError, match=re.escape(said)) as caught:
        open_segmenter(package, device="cpu", formats={"stub": fail})
    assert caught.value.code is code
