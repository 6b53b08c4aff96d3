"""The models of one device, as many of them loaded at a time as its memory is meant to hold."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable

from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter

OpenSegmenter = Callable[[ModelPackage], Segmenter]


class LoadedModels:
    """Loads a model when it is needed; the least recently used ones make room for it.

    A model counts with the size of its weights on disk. One that is larger than the budget by
    itself is loaded alone. Without a budget all stay.
    """

    def __init__(self, *, open_segmenter: OpenSegmenter, budget_bytes: int | None) -> None:
        self._open = open_segmenter
        self._budget_bytes = budget_bytes
        self._loaded = OrderedDict[str, tuple[Segmenter, int]]()  # by digest, oldest use first

    def segmenter(self, package: ModelPackage) -> Segmenter:
        """The loaded model. Raises what loading it raises."""
        if package.digest not in self._loaded:
            self._make_room_for(package.weights_bytes)
            self._loaded[package.digest] = (self._open(package), package.weights_bytes)
        self._loaded.move_to_end(package.digest)
        return self._loaded[package.digest][0]

    def _make_room_for(self, size: int) -> None:
        if self._budget_bytes is None:
            return
        while self._loaded and self._bytes + size > self._budget_bytes:
            self._loaded.popitem(last=False)
            gc.collect()  # networks hold themselves in circles

    @property
    def _bytes(self) -> int:
        return sum(size for _, size in self._loaded.values())
