"""Networks that a state dict gives away by the name of a weight."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from segrelay_worker.first_description.inert_pickle import StoredTensor

_ADAPTED = ".base_layer."  # in the names of weights that have a LoRA adapter
_WRAPPERS = ("module.", "_orig_mod.", "base_model.model.")  # of DataParallel, compile, peft


@dataclass(frozen=True)
class KnownNetwork:
    """`width` is what its class calls the number of channels that `weight` puts out."""

    class_path: str
    weight: str
    width: str | None = None


KNOWN = (
    KnownNetwork(
        "monai.networks.nets:SwinUNETR", "swinViT.patch_embed.proj.weight", "feature_size"
    ),
    KnownNetwork("monai.networks.nets:SegResNet", "convInit.conv.weight", "init_filters"),
    KnownNetwork("monai.networks.nets:DynUNet", "input_block.conv1.conv.weight"),
    KnownNetwork("monai.networks.nets:UNETR", "vit.patch_embedding.position_embeddings"),
)


@dataclass(frozen=True)
class Recognised:
    """A class, if it is known, and what stands before the names that it gives its weights."""

    prefix: str
    class_path: str | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)


def recognised(tensors: Mapping[str, StoredTensor]) -> Recognised:
    """By the first weight that gives a network away."""
    for network in KNOWN:
        for name, tensor in tensors.items():
            plain = name.replace(_ADAPTED, ".")
            if plain == network.weight or plain.endswith(f".{network.weight}"):
                arguments = {network.width: tensor.shape[0]} if network.width else {}
                return Recognised(plain.removesuffix(network.weight), network.class_path, arguments)
    return Recognised(_wrapped(tensors))


def _wrapped(names: Collection[str]) -> str:
    """What wrappers have put before all names, several within each other perhaps."""
    prefix = ""
    while True:
        longer = [prefix + wrapper for wrapper in _WRAPPERS]
        found = [text for text in longer if all(name.startswith(text) for name in names)]
        if not found:
            return prefix
        prefix = found[0]
