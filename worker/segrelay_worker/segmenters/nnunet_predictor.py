from __future__ import annotations

import traceback

import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.inference.sliding_window_prediction import compute_gaussian

from segrelay_worker.segmenters.segmenter import ReportFraction

Slicer = tuple[slice | int, ...]  # of [channel, z, y, x]

# As nnU-Net has them where it calls it.
_SIGMA, _HIGHEST = 1 / 8, 10


class ReportingPredictor(nnUNetPredictor):  # type: ignore[misc]  # it ships no types
    """nnU-Net's own prediction, which tells how many windows of all folds are done."""

    report: ReportFraction

    def _internal_get_sliding_window_slicers(self, image_size: tuple[int, ...]) -> list[Slicer]:
        slicers: list[Slicer] = super()._internal_get_sliding_window_slicers(image_size)
        self._share = 1 / (len(slicers) * len(self.list_of_parameters))
        return slicers

    def _internal_maybe_mirror_and_predict(self, x: torch.Tensor) -> torch.Tensor:
        prediction: torch.Tensor = super()._internal_maybe_mirror_and_predict(x)
        self._done += self._share
        self.report(min(self._done, 1.0))
        return prediction

    def _internal_predict_sliding_window_return_logits(
        self,
        data: torch.Tensor,
        slicers: list[Slicer],
        do_on_device: bool,  # noqa: FBT001 - nnU-Net calls it
    ) -> torch.Tensor:
        """As its own, without the thread that brings the windows.

        That would wait for ever, with windows on the device, for somebody to take them where memory
        runs out; or let the prediction wait for ever, where it runs out for the window.
        """
        place = self.device if do_on_device else torch.device("cpu")
        try:
            return self._blended(data.to(place), slicers)
        except Exception as error:
            traceback.clear_frames(error.__traceback__)  # it is held while nnU-Net tries again
            raise

    def _blended(self, data: torch.Tensor, slicers: list[Slicer]) -> torch.Tensor:
        shape = data.shape[1:]
        heads = self.label_manager.num_segmentation_heads
        logits = torch.zeros((heads, *shape), dtype=torch.half, device=data.device)
        weights = torch.zeros(shape, dtype=torch.half, device=data.device)
        gaussian = compute_gaussian(
            tuple(self.configuration_manager.patch_size),
            sigma_scale=_SIGMA,
            value_scaling_factor=_HIGHEST,
            device=data.device,
        )
        for slicer in slicers:
            window = data[slicer][None].clone(memory_format=torch.contiguous_format)
            found = self._internal_maybe_mirror_and_predict(window.to(self.device))[0]
            logits[slicer] += found.to(data.device).mul_(gaussian)
            weights[slicer[1:]] += gaussian
        logits.div_(weights)
        if logits.isinf().any():
            raise RuntimeError("the network's output is beyond the 16 bits that nnU-Net adds up in")
        return logits

    def predict_logits_from_preprocessed_data(self, data: torch.Tensor) -> torch.Tensor:
        """Of all folds."""
        self._done = 0.0
        logits: torch.Tensor = super().predict_logits_from_preprocessed_data(data)
        return logits
