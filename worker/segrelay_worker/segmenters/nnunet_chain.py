from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from segrelay_worker.segmenters.nnunet_predictor import ReportingPredictor
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels, ReportFraction

_TO_ITS_AXES = (0, 3, 2, 1)  # [channel, z, y, x], as its readers of files give them, and back


class NnunetChain:
    """Crop, normalise, resample, windows, mirroring, all folds, and back: nnU-Net's own code.

    Of `argmax` it returns the decision itself, as 0 and 1.
    """

    def __init__(self, package: ModelPackage, predictor: ReportingPredictor) -> None:
        self._predictor = predictor
        self._segments = len(package.segments)
        self._is_decided = package.manifest.output.activation == "argmax"

    def __call__(
        self, channels: PlacedChannels, device: str, report: ReportFraction
    ) -> NDArray[np.float32]:
        """As the protocol says."""
        self._predictor.device = torch.device(device)
        self._predictor.report = report
        found = self._predictor.predict_single_npy_array(
            np.ascontiguousarray(channels.array_cxyz.transpose(_TO_ITS_AXES)),
            {"spacing": list(channels.spacing_xyz_mm[::-1])},
            save_or_return_probabilities=not self._is_decided,
        )
        probabilities_szyx = self._of_labels(found) if self._is_decided else self._chosen(found[1])
        return np.ascontiguousarray(probabilities_szyx.transpose(_TO_ITS_AXES))

    def _of_labels(self, labels_zyx: NDArray[np.integer]) -> NDArray[np.float32]:
        numbers = np.arange(1, self._segments + 1)[:, None, None, None]
        of_each: NDArray[np.float32] = (labels_zyx == numbers).astype(np.float32)
        return of_each

    def _chosen(self, probabilities_czyx: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of labels the background is the first; regions have none."""
        return probabilities_czyx[-self._segments :]
