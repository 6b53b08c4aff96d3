from __future__ import annotations

import json
from typing import Any
from zipfile import ZipFile

from segrelay_worker.first_description.facts import WeightsFacts

# In the archive of a .pt2, of torch since 2.9 and before.
MODELS = ("models/model.json", "serialized_exported_program.json")

_VOLUME = 5  # axes: batch, channel, x, y, z


def exported_facts(archive: ZipFile, model_name: str) -> WeightsFacts:
    """Shapes of the first image that goes in and of the first that comes out."""
    module = json.loads(archive.read(model_name))["graph_module"]
    signature, values = module["signature"], module["graph"]["tensor_values"]
    taken = _shape(signature["input_specs"], "user_input", values)
    returned = _shape(signature["output_specs"], "user_output", values)
    window = taken[2:] if taken else []
    return WeightsFacts(
        format="exported_program",
        in_channels=taken[1] if taken else None,
        out_channels=returned[1] if returned else None,
        window=tuple(size for size in window if size is not None) if all(window) else None,
    )


def _shape(specs: list[Any], kind: str, values: dict[str, Any]) -> list[int | None]:
    """Sizes, None where they are free; empty if there is no such volume."""
    for spec in specs:
        name = spec.get(kind, {}).get("arg", {}).get("as_tensor", {}).get("name")
        sizes = values.get(name, {}).get("sizes", [])
        if len(sizes) == _VOLUME:
            return [size.get("as_int") for size in sizes]
    return []
