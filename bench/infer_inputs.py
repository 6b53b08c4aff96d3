"""What the sides of `infer` are given: a volume, and a package for each precision."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import nibabel as nib
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.utils.flop_counter import FlopCounterMode

from bench.infer_nets import CHECK_INPUT, BenchNet, made_network, write_package
from demo.colin27_download import fetch_colin27
from demo.plan import CACHE
from segrelay_worker.inference.preprocessing import prepared
from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.segmenters.segmenter import PlacedChannels
from segrelay_worker.segmenters.sliding_window import window_count

_SHAPE = (176, 128, 128)  # two windows
_QUICK_SHAPE = (128, 128, 128)  # one
_BRAIN = ((2, 178), (2, 213), (0, 166))  # of Colin27, with a tenth more on each side


def write_inputs(
    bench_net: BenchNet, folder: Path, precisions: Iterable[str], *, quick: bool
) -> float:
    """The volume and the packages; gives the work of a request in GFLOP."""
    whole_cxyz = _head(bench_net)
    channels_cxyz = whole_cxyz
    if bench_net.class_name is not None:
        channels_cxyz = _middle(whole_cxyz, _QUICK_SHAPE if quick else _SHAPE)
    np.save(folder / "channels.npy", channels_cxyz)
    _save_as_series(folder / "series.npy", channels_cxyz)
    # What the network sees decides how its last layer is fitted, and a package is asked for that.
    draft = load_package(write_package(bench_net, folder / "draft", "exact", torch.nn.Identity()))
    window = tuple(slice(0, length) for length in bench_net.window)
    network = made_network(bench_net, _seen(draft, channels_cxyz)[:, *window])
    another_part_cxyz = whole_cxyz[:, *(slice(8, 8 + length) for length in bench_net.window)]
    for precision in precisions:
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
