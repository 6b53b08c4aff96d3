"""A request's inference, ours against a plain script, for four networks on this processor.

Sides are processes that take turns; each does the same from the same voxels to the same mask. The
script's lie in a file as its network wants them, ours as they come out of DICOM. The script is what
a lab writes with MONAI, its model loaded for each request, or kept. NETS=a,b names some of the
networks.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from math import prod
from pathlib import Path
from statistics import median
from typing import Any

import nibabel as nib
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.utils.flop_counter import FlopCounterMode

from bench.infer_nets import CHECK_INPUT, NETS, BenchNet, made_network, write_package
from bench.infer_side_process import Side
from demo.colin27_download import fetch_colin27
from demo.plan import CACHE
from segrelay_worker.inference.preprocessing import prepared
from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.segmenters.segmenter import PlacedChannels
from segrelay_worker.segmenters.sliding_window import window_count

SIDES = ("script", "kept", "exact", "fast")
LEAST = {"exact": 3.0, "fast": 5.0}  # of SwinUNETR
LEAST_MEAN = {"exact": 2.5, "fast": 4.0}
LEAST_DICE = {"exact": 0.999, "fast": 0.995}
SHAPE = (176, 128, 128)  # two windows
QUICK_SHAPE = (128, 128, 128)  # one
_BRAIN = ((2, 178), (2, 213), (0, 166))  # of Colin27, with a tenth more on each side


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Ratios are medians over pairs that ran one after the other."""
    chosen = _chosen()
    peaks = _peaks()
    measured = {each.name: _measured(each, quick=quick, peaks=peaks) for each in chosen}
    means = {side: _mean([each["ratio"][side] for each in measured.values()]) for side in LEAST}
    _show(measured, means, peaks)
    return {
        "nets": measured,
        "geometric_means": means,
        "peak_gflops": peaks,
        "against": "a plain MONAI script that loads its model per request; geometric mean, exact",
        "ratio": means["exact"],
        "ok": _is_ok(measured, means),
    }


def _chosen() -> list[BenchNet]:
    by_name = {each.name: each for each in NETS}
    names = [name for name in os.environ.get("NETS", "").split(",") if name] or list(by_name)
    if not by_name.keys() >= set(names):
        raise SystemExit(f"NETS is {','.join(names)}, expected some of {','.join(by_name)}.")
    return [by_name[name] for name in names]


def _is_ok(measured: Mapping[str, Any], means: Mapping[str, float]) -> bool:
    swin = measured.get("swin_unetr", {"ratio": {}})["ratio"]
    return (
        all(swin.get(side, 0) >= least for side, least in LEAST.items())
        and all(means[side] >= least for side, least in LEAST_MEAN.items())
        and all(
            each["dice"][s] >= least
            for each in measured.values()
            for s, least in LEAST_DICE.items()
        )
    )


def _measured(bench_net: BenchNet, *, quick: bool, peaks: Mapping[str, float]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gflop = _write(bench_net, folder, quick=quick)
        first_starts = {side: _first_start(side, bench_net, folder) for side in LEAST}
        with ExitStack() as stack:
            sides = [stack.enter_context(Side(s, bench_net.name, folder)) for s in SIDES]
            for side in sides:  # untimed
                side.request()
            rounds = [{s.name: s.request() for s in sides} for _ in range(2 if quick else 5)]
            peak_gb = {side.name: round(side.peak_gb(), 1) for side in sides}
        masks = {side: np.load(folder / f"{side}.npy") for side in SIDES}
    return {
        "seconds": _medians(rounds, "seconds"),
        "busy_seconds": _medians(rounds, "busy_seconds"),
        "ratio": _ratios(rounds, "seconds", "script"),
        "ratio_to_kept": _ratios(rounds, "seconds", "kept"),
        "busy_ratio": _ratios(rounds, "busy_seconds", "script"),
        "way": {side: rounds[0][side]["way"] for side in LEAST},
        "dice": {side: round(_dice(masks[side], masks["script"]), 6) for side in SIDES[1:]},
        "marked": round(float(masks["script"].mean()), 3),
        "peak_gb": peak_gb,
        "first_start_seconds": first_starts,
        "gflop": round(gflop),
        "share_of_peak": {
            side: round(
                _gflops(gflop, busy_seconds) / peaks[_arithmetic(rounds[0][side]["way"])], 2
            )
            for side, busy_seconds in _medians(rounds, "busy_seconds").items()
        },
    }


def _write(bench_net: BenchNet, folder: Path, *, quick: bool) -> float:
    """The volume and both packages; gives the work of a request in GFLOP."""
    whole_cxyz = _head(bench_net)
    channels_cxyz = whole_cxyz
    if bench_net.class_name is not None:
        channels_cxyz = _middle(whole_cxyz, QUICK_SHAPE if quick else SHAPE)
    np.save(folder / "channels.npy", channels_cxyz)
    _save_as_series(folder / "series.npy", channels_cxyz)
    # What the network sees decides how its last layer is fitted, and a package is asked for that.
    draft = load_package(write_package(bench_net, folder / "draft", "exact", torch.nn.Identity()))
    window = tuple(slice(0, length) for length in bench_net.window)
    network = made_network(bench_net, _seen(draft, channels_cxyz)[:, *window])
    another_part_cxyz = whole_cxyz[:, *(slice(8, 8 + length) for length in bench_net.window)]
    for precision in LEAST:
        write_package(bench_net, folder / precision, precision, network)
        np.save(folder / precision / CHECK_INPUT, _seen(draft, another_part_cxyz))
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        network(torch.zeros(1, bench_net.channels, *bench_net.window))
    windows = window_count(channels_cxyz.shape[1:], WindowSection(size=bench_net.window))
    return windows * counter.get_total_flops() / 1e9


def _save_as_series(path: Path, channels_cxyz: NDArray[np.float32]) -> None:
    """As a series comes out of DICOM: slices, rows and columns that grow to L, P and S."""
    np.save(path, np.ascontiguousarray(channels_cxyz[:, ::-1, ::-1].transpose(0, 3, 2, 1)))


def _seen(package: ModelPackage, channels_cxyz: NDArray[np.float32]) -> NDArray[np.float32]:
    placed = PlacedChannels(np.ascontiguousarray(channels_cxyz), np.eye(4))
    return prepared(placed, package.manifest.input).channels.array_cxyz


def _head(bench_net: BenchNet) -> NDArray[np.float32]:
    """Colin27; for four channels also its square root, blurred, and inverted.

    For deepbet what its first net would cut out, in as many voxels as its second one wants.
    """
    image = nib.as_closest_canonical(nib.Nifti1Image.from_filename(fetch_colin27(CACHE)))  # type: ignore[no-untyped-call] # no types
    head: NDArray[np.float32] = np.asanyarray(image.dataobj).astype(np.float32)
    if bench_net.channels == 1:
        boxes = zip(_BRAIN, bench_net.window, strict=True)
        nearest = [np.linspace(a, z, count, endpoint=False).astype(int) for (a, z), count in boxes]
        finer: NDArray[np.float32] = head[np.ix_(*nearest)]
        return finer[None]
    blurred: NDArray[np.float32] = ndimage.gaussian_filter(head, 1.0)
    return np.stack([head, np.sqrt(head), blurred, np.where(head > 0, head.max() - head, 0)])


def _middle(array_cxyz: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    starts = ((have - want) // 2 for have, want in zip(array_cxyz.shape[1:], shape, strict=True))
    parts = (slice(start, start + want) for start, want in zip(starts, shape, strict=True))
    return array_cxyz[:, *parts]


def _first_start(side: str, bench_net: BenchNet, folder: Path) -> float:
    """Every way is tried, and the choice kept, as the first start of a worker does it."""
    with Side(side, bench_net.name, folder) as first:
        return round(first.seconds_to_start, 1)


def _medians(rounds: Sequence[Mapping[str, Any]], what: str) -> dict[str, float]:
    return {side: round(median(each[side][what] for each in rounds), 2) for side in SIDES}


def _ratios(rounds: Sequence[Mapping[str, Any]], what: str, against: str) -> dict[str, float]:
    return {
        side: round(median(each[against][what] / each[side][what] for each in rounds), 2)
        for side in LEAST
    }


def _mean(ratios: Sequence[float]) -> float:
    return round(prod(ratios) ** (1 / len(ratios)), 2)


def _dice(mask: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float:
    both = int(np.count_nonzero(mask)) + int(np.count_nonzero(wanted))
    return 2 * int(np.count_nonzero(mask & wanted)) / both if both else 1.0


def _gflops(gflop: float, busy_seconds: float) -> float:
    """While all processors work; what else the machine does is not in it."""
    return gflop / busy_seconds * torch.get_num_threads()


def _arithmetic(way: str) -> str:
    return "bfloat16" if "bf" in way else "float32"


def _peaks() -> dict[str, float]:
    """GFLOP/s of one large convolution, channels last, the best of several."""
    return {
        "float32": _convolution_gflops(torch.float32),
        "bfloat16": _convolution_gflops(torch.bfloat16),
    }


def _convolution_gflops(dtype: torch.dtype) -> float:
    convolution = torch.nn.Conv3d(128, 128, 3, padding=1, bias=False).to(dtype)
    convolution = convolution.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload] # torch's stubs lack it
    given = torch.randn(1, 128, 48, 48, 48, dtype=dtype).to(memory_format=torch.channels_last_3d)
    work = 2 * 128 * 128 * 27 * 48**3 / 1e9
    with torch.inference_mode():
        convolution(given)
        seconds = []
        for _ in range(8):
            started = time.process_time()
            convolution(given)
            seconds.append(time.process_time() - started)
    return round(_gflops(work, min(seconds)))


def _show(
    measured: Mapping[str, Any], means: Mapping[str, float], peaks: Mapping[str, float]
) -> None:
    """For people; what programs read goes to standard output."""
    print(f"convolution peak, GFLOP/s: {dict(peaks)}", file=sys.stderr)
    print(
        f"{'net':<12}{'side':<8}{'seconds':>9}{'busy':>8}{'ratio':>7}{'dice':>10}{'GB':>6}{'peak':>6}"
        "  way",
        file=sys.stderr,
    )
    for name, each in measured.items():
        for side in SIDES:
            print(
                f"{name:<12}{side:<8}{each['seconds'][side]:>9.2f}{each['busy_seconds'][side]:>8.2f}"
                f"{each['ratio'].get(side, ''):>7}{each['dice'].get(side, ''):>10}"
                f"{each['peak_gb'][side]:>6}{each['share_of_peak'][side]:>6.0%}"
                f"  {each['way'].get(side, '')}",
                file=sys.stderr,
            )
    print(f"geometric means of ratios: {dict(means)}", file=sys.stderr)
