from __future__ import annotations

from collections.abc import Mapping

from segrelay_worker.first_description.channels import channels_of
from segrelay_worker.first_description.errors import NotDescribedError
from segrelay_worker.first_description.facts import WeightsFacts
from segrelay_worker.first_description.inert_pickle import Inert, named_tensors, stored_tensor
from segrelay_worker.first_description.known_networks import recognised

# Where people keep the weights in a checkpoint, those first that are meant for inference.
_USUAL_KEYS = ("model_state_dict", "state_dict", "model", "network_weights", "network", "net")
_ADAPTER_DOWN = ".lora_A."


def checkpoint_facts(found: object, name: str) -> WeightsFacts:
    """What `torch.save` was given. Raises NotDescribedError if that was no weights by name."""
    if isinstance(found, Inert):
        raise NotDescribedError(
            f"{name} holds a whole Python object ({type(found).__name__}), which could run code. "
            "Save the weights alone, torch.save(model.state_dict(), ...), and use that file."
        )
    key = _key(found)
    weights = found if key is None else found[key]  # type: ignore[index]
    tensors = dict(named_tensors(weights))
    if not tensors:
        raise NotDescribedError(
            f"{name} holds no weights by name. Save them with torch.save(model.state_dict(), ...)."
        )
    inside, outside = channels_of(tensors)
    known = recognised(tensors)
    counts = {"in_channels": inside, "out_channels": outside}
    return WeightsFacts(
        format="state_dict",
        in_channels=inside,
        out_channels=outside,
        network_class=known.class_path,
        arguments={name: n for name, n in counts.items() if n is not None} | dict(known.arguments),
        key=key,
        prefix=known.prefix,
        lora_rank=next((t.shape[0] for n, t in tensors.items() if _ADAPTER_DOWN in n), None),
    )


def _key(found: object) -> str | None:
    """None where the weights are at the top; of several the usual one, then the largest."""
    if not isinstance(found, Mapping) or _count(found):
        return None
    counts = {str(key): _count(value) for key, value in found.items()}
    usual = [key for key in _USUAL_KEYS if counts.get(key)]
    largest = max(counts, key=lambda key: counts[key], default=None)
    return usual[0] if usual else largest if largest and counts[largest] else None


def _count(found: object) -> int:
    """Tensors that a mapping itself names."""
    if not isinstance(found, Mapping):
        return 0
    return sum(stored_tensor(value) is not None for value in found.values())
