"""How many channels go into a network and come out of it, by the shapes of its convolutions."""

from __future__ import annotations

from collections.abc import Mapping

from segrelay_worker.first_description.inert_pickle import StoredTensor

_CONVOLUTION_3D = 5  # axes of its weight: out, in, and three of the kernel
_ADAPTER = ".lora_"


def channels_of(tensors: Mapping[str, StoredTensor]) -> tuple[int | None, int | None]:
    """In and out of the first and the last convolution, in the order in which they were built."""
    first_named: dict[object, str] = {}  # some networks name a weight twice
    for name, tensor in tensors.items():
        if len(tensor.shape) == _CONVOLUTION_3D and _ADAPTER not in name:
            first_named.setdefault(tensor.place, name)
    names = list(first_named.values())
    return (tensors[names[0]].shape[1], _out_of(names[-1], tensors)) if names else (None, None)


def _out_of(name: str, tensors: Mapping[str, StoredTensor]) -> int:
    """By its bias where it has one: a transposed convolution names in and out the other way."""
    bias = tensors.get(f"{name.removesuffix('.weight')}.bias")
    return (bias or tensors[name]).shape[0]
