"""Pickles read for the names and shapes in them; no class that they name is imported or called."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Self

# How the names of torch's own functions begin, with what they get.
_TENSOR = "_rebuild_tensor"  # storage, offset, shape, strides, …
_PARAMETER = "_rebuild_parameter"  # tensor, …


class Inert:
    """Stands for any class; keeps what the pickle would have given it."""

    parts: tuple[object, ...]
    state: object

    def __new__(cls, *parts: object, **_named: object) -> Self:
        """Called with what the class itself would have got."""
        made = super().__new__(cls)
        made.parts, made.state = parts, None
        return made

    def __init__(self, *parts: object, **_named: object) -> None:
        """`__new__` has taken them."""

    def __call__(self, *parts: object) -> Inert:
        """What stands for a function may be called again."""
        return Inert(*parts)

    def __setstate__(self, state: object) -> None:
        self.state = state

    def __setitem__(self, key: object, value: object) -> None:
        """Of what stands for a mapping, nothing is needed."""

    def extend(self, values: object) -> None:
        """Of what stands for a list, likewise."""

    def append(self, value: object) -> None:
        """Likewise."""


@dataclass(frozen=True)
class StoredTensor:
    """Two with the same place are the same numbers under two names."""

    shape: tuple[int, ...]
    place: tuple[object, ...]


def read_inert(file: IO[bytes], *, pickles: int = 1) -> object:
    """The last of so many pickles; plain containers as they are, all else as `Inert`.

    Raises pickle.UnpicklingError, EOFError or whatever a damaged pickle leads to.
    """
    found = None
    for _ in range(pickles):
        found = _InertUnpickler(file).load()
    return found


class _InertUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        plain = (module, name) == ("collections", "OrderedDict")
        return OrderedDict if plain else type(name, (Inert,), {})

    def persistent_load(self, pid: object) -> object:
        return pid


def stored_tensor(found: object) -> StoredTensor | None:
    """What an object says of itself, if it is a tensor or a parameter."""
    if not isinstance(found, Inert):
        return None
    name = type(found).__name__
    if name.startswith(_PARAMETER):
        return stored_tensor(found.parts[0])
    if not name.startswith(_TENSOR):
        return None
    storage, offset, shape = found.parts[:3]
    key = storage[2] if isinstance(storage, tuple) else storage
    return StoredTensor(tuple(shape), (key, offset))  # type: ignore[arg-type]


def named_tensors(found: object, name: str = "") -> Iterator[tuple[str, StoredTensor]]:
    """All below an object, through mappings and the attributes of objects, names with dots."""
    tensor = stored_tensor(found)
    if tensor is not None:
        yield name, tensor
        return
    members = found.state if isinstance(found, Inert) else found
    if isinstance(members, Mapping):
        for key, value in members.items():
            yield from named_tensors(value, f"{name}.{key}" if name else str(key))
