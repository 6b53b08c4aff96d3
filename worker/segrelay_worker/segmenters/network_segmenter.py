from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.freed_memory import free_memory
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.memory_ladder import Run, first_that_fits, given_up, ladder
from segrelay_worker.segmenters.mirroring import mirrored
from segrelay_worker.segmenters.one_window import fits_one_window, through_one_window
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels, Prediction, ReportFraction
from segrelay_worker.segmenters.torch_device import moved_to
from segrelay_worker.segmenters.torch_failures import MODEL_FAILURES, failure_of, is_shortage
from segrelay_worker.ways.fastest import Chosen, fastest
from segrelay_worker.ways.way import EAGER


def _without_background(output: torch.Tensor) -> torch.Tensor:
    return torch.softmax(output, dim=1)[:, 1:]


_ACTIVATIONS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "none": lambda output: output,
    "sigmoid": torch.sigmoid,
    "softmax": _without_background,
    "argmax": _without_background,
}


class NetworkSegmenter:
    """A network on a device, from whatever format it came: whole volumes, or window by window."""

    def __init__(self, package: ModelPackage, network: torch.nn.Module, machine: Machine) -> None:
        device = machine.device
        self._network = moved_to(device, network)
        self._rungs = ladder(
            Run(device, package.manifest.window), package.manifest.limits, machine.fallback_device
        )
        self._mirror_axes = package.manifest.output.mirror_axes or ()
        self._activation = _ACTIVATIONS[package.manifest.output.activation]
        self._device = device
        self._fastest = fastest(package, self._network, machine, self._activation)

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        """As the protocol says."""
        report(0.0)
        try:
            probabilities_sxyz, used = first_that_fits(
                self._rungs,
                lambda run: self._run(channels.array_cxyz, run, report),
                is_shortage=is_shortage,
                free=free_memory,
            )
        except MODEL_FAILURES as error:
            raise failure_of(error) from error
        report(1.0)
        return Prediction(
            probabilities_sxyz, given_up(self._rungs[0], used), self._network_for(used).name
        )

    def _run(
        self, volume_cxyz: NDArray[np.float32], run: Run, report: ReportFraction
    ) -> NDArray[np.float32]:
        self._network.to(run.device)
        kind = torch.device(run.device).type
        with (
            torch.inference_mode(),
            torch.autocast(kind, dtype=torch.float16, enabled=run.half_precision),
        ):
            batch = torch.from_numpy(volume_cxyz).to(run.device).unsqueeze(0)
            output = self._output(self._network_for(run), batch, run.window, report)
            if output.shape[:1] != (1,):
                raise PermanentError(
                    ErrorCode.OUTPUT_SHAPE_MISMATCH,
                    {"actual": str(tuple(output.shape)), "expected": "(1, segments, x, y, z)"},
                )
            result: NDArray[np.float32] = self._activation(output)[0].float().cpu().numpy()
            return result

    def _network_for(self, run: Run) -> Chosen:
        """The fastest way was tried on the asked device, perhaps with windows of one size."""
        size = run.window and run.window.size
        if run.device != self._device or run.half_precision:
            return Chosen(EAGER.name, self._network)
        if self._fastest.only_shape not in {None, size}:
            return Chosen(EAGER.name, self._network)
        return self._fastest

    def _output(
        self,
        chosen: Chosen,
        batch: torch.Tensor,
        window: WindowSection | None,
        report: ReportFraction,
    ) -> torch.Tensor:
        network = mirrored(chosen.network, self._mirror_axes)
        if window is None:
            return network(batch)
        # The plain way blends even a single window, which changes the last digits: as MONAI's does.
        if chosen.name != EAGER.name and fits_one_window(batch, window):
            return through_one_window(network, batch, window)
        # It needs MONAI, which takes a second to import, and only packages with a window need it.
        from segrelay_worker.segmenters.sliding_window import through_windows  # noqa: PLC0415

        return through_windows(network, batch, window=window, report=report)
