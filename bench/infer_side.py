"""One side of `infer`, a process of its own: `python -m bench.infer_side SIDE NET FOLDER`.

Says when it is ready, does a request for each line that it reads and prints its seconds, and at the
end how much memory it took at most. Its mask is then in `FOLDER/SIDE.npy`, [x, y, z] in RAS.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from monai.data.meta_tensor import MetaTensor
from monai.inferers.utils import sliding_window_inference
from monai.transforms.compose import Compose
from monai.transforms.intensity.array import NormalizeIntensity, ScaleIntensityRangePercentiles
from monai.transforms.post.array import Activations, AsDiscrete
from monai.transforms.spatial.array import Orientation
from numpy.typing import NDArray

from bench.infer_nets import NETS, BenchNet
from segrelay_worker.inference.kept_memory import keep_freed_memory
from segrelay_worker.inference.segment_volume import segment_volume
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package

Mask = NDArray[np.bool_]  # [x, y, z]
Request = Callable[[], tuple[Mask, str]]  # and the way that was used

OVERLAP = 0.25
_ZYX_TO_LPS = np.array([[0.0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])


def script(bench_net: BenchNet, folder: Path, *, is_kept: bool) -> Request:
    """As MONAI's tutorials do it, with the model loaded for each request or once."""
    weights = folder / "exact" / "best_model.pth"
    kept = bench_net.loaded(weights) if is_kept else None
    is_deepbet = bench_net.class_name is None
    before = Compose(
        [
            Orientation(axcodes="RAS", labels=None),
            *([ScaleIntensityRangePercentiles(0.5, 99.5, 0, 1, clip=True)] if is_deepbet else []),
            NormalizeIntensity(nonzero=not is_deepbet, channel_wise=True),
        ]
    )
    after = Compose([Activations(sigmoid=not is_deepbet), AsDiscrete(threshold=0.5)])

    def request() -> tuple[Mask, str]:
        network = kept or bench_net.loaded(weights)
        image = MetaTensor(np.load(folder / "channels.npy"), affine=torch.eye(4))
        with torch.no_grad():
            logits = sliding_window_inference(
                before(image)[None], bench_net.window, 1, network, OVERLAP, mode="gaussian"
            )
            return np.asarray(after(logits[0])[0]) > 0, "eager"

    return request


def ours(folder: Path, precision: str) -> Request:
    """As the inference process does it."""
    keep_freed_memory()
    package = load_package(folder / precision / "best_model.pth")
    segmenter = open_segmenter(
        package, device="cpu", formats=SEGMENTER_FORMATS, cache_folder=folder / "cache"
    )

    def request() -> tuple[Mask, str]:
        found = segment_volume(
            channels_czyx=np.load(folder / "series.npy"),
            affine_zyx_to_lps=_ZYX_TO_LPS,
            package=package,
            segmenter=segmenter,
            threshold=package.manifest.output.threshold,
            report=lambda _fraction: None,
        )
        return found.mask_szyx[0].transpose(2, 1, 0)[::-1, ::-1], str(found.way)

    return request


def main(side: str, net_name: str, folder: Path) -> None:
    """Serves until its input ends."""
    warnings.simplefilter("ignore")
    bench_net = next(each for each in NETS if each.name == net_name)
    started = time.monotonic()
    request = (
        script(bench_net, folder, is_kept=side == "kept")
        if side in {"script", "kept"}
        else ours(folder, side)
    )
    _say({"seconds_to_start": time.monotonic() - started})
    for _ in sys.stdin:
        began, busy_began = time.monotonic(), time.process_time()
        mask, way = request()
        seconds, busy_seconds = time.monotonic() - began, time.process_time() - busy_began
        np.save(folder / f"{side}.npy", mask)
        _say({"seconds": seconds, "busy_seconds": busy_seconds, "way": way})
    _say({"peak_gb": _peak_gb()})


def _peak_gb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1e6


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
