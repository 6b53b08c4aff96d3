from __future__ import annotations

import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

from segrelay_worker.segmenters.segmenter import ReportFraction


class ReportingPredictor(nnUNetPredictor):  # type: ignore[misc]  # it ships no types
    """nnU-Net's own prediction, which tells how many windows of all folds are done."""

    report: ReportFraction

    def _internal_get_sliding_window_slicers(self, image_size: tuple[int, ...]) -> list[object]:
        slicers: list[object] = super()._internal_get_sliding_window_slicers(image_size)
        self._share = 1 / (len(slicers) * len(self.list_of_parameters))
        return slicers

    def _internal_maybe_mirror_and_predict(self, x: torch.Tensor) -> torch.Tensor:
        prediction: torch.Tensor = super()._internal_maybe_mirror_and_predict(x)
        self._done += self._share
        self.report(min(self._done, 1.0))
        return prediction

    def predict_logits_from_preprocessed_data(self, data: torch.Tensor) -> torch.Tensor:
        """Of all folds."""
        self._done = 0.0
        logits: torch.Tensor = super().predict_logits_from_preprocessed_data(data)
        return logits
