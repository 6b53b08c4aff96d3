"""One series, several volumes: split by what differs, choose by a model's rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from segrelay_contract.series_rules.attributes import ALWAYS_APART, RANKED, Attribute
from segrelay_contract.series_rules.headers import SliceHeader

Indices = tuple[int, ...]
PlaceOf = Callable[[int], object]  # index of an image → where it lies


@dataclass(frozen=True)
class VolumeRule:
    """What a model makes of a series that is not simply one whole volume.

    `choices` is attribute → "first", "last", or the text of the wanted value.
    """

    choices: Mapping[Attribute, str] = field(default_factory=dict)
    interpolate_missing_slice: bool = False  # one, between its neighbours


NO_RULE = VolumeRule()


@dataclass(frozen=True)
class Volumes:
    """The images of each volume, by the values of the attributes that tell them apart."""

    attributes: tuple[Attribute, ...]
    members: Mapping[tuple[str, ...], Indices]

    def choose(self, rule: VolumeRule) -> Mapping[tuple[str, ...], Indices]:
        """Those that a rule leaves; one if it is good enough."""
        left = dict(self.members)
        for place, attribute in enumerate(self.attributes):
            wanted = _wanted({key[place] for key in left}, rule.choices.get(attribute))
            left = {key: indices for key, indices in left.items() if key[place] in wanted}
        return left

    def describe(self) -> str:
        """What was found, such as "echo_time 2.46, 7.38"."""
        values = [
            sorted({key[place] for key in self.members}, key=_rank)
            for place in range(len(self.attributes))
        ]
        return "; ".join(
            f"{attribute} {_shortened(found)}"
            for attribute, found in zip(self.attributes, values, strict=True)
        )


def split_always(headers: Sequence[SliceHeader], indices: Indices) -> Volumes:
    """By what no volume mixes, wherever the images lie."""
    used = [name for name in ALWAYS_APART if len({_value(headers, name, i) for i in indices}) > 1]
    return _grouped(headers, indices, used, {})


def split_at_places(headers: Sequence[SliceHeader], indices: Indices, place_of: PlaceOf) -> Volumes:
    """By as few attributes as it takes until no two images of a volume lie at one place.

    Images that no attribute tells apart stay together.
    """
    ranks = {name: _ranks(headers, indices, name, place_of) for name in RANKED}
    used: list[Attribute] = []
    volumes = _grouped(headers, indices, used, ranks)
    collisions = _collisions(volumes, place_of)
    for name in Attribute:
        if not collisions:
            break
        finer = _grouped(headers, indices, [*used, name], ranks)
        fewer = _collisions(finer, place_of)
        if fewer < collisions:
            used, volumes, collisions = [*used, name], finer, fewer
    return volumes


def _grouped(
    headers: Sequence[SliceHeader],
    indices: Indices,
    names: Sequence[Attribute],
    ranks: Mapping[Attribute, Mapping[int, str]],
) -> Volumes:
    members: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index in indices:
        key = tuple(
            ranks[name][index] if name in ranks else _value(headers, name, index) for name in names
        )
        members[key].append(index)
    return Volumes(tuple(names), {key: tuple(group) for key, group in members.items()})


def _collisions(volumes: Volumes, place_of: PlaceOf) -> int:
    return sum(
        len(indices) - len({place_of(index) for index in indices})
        for indices in volumes.members.values()
    )


def _ranks(
    headers: Sequence[SliceHeader], indices: Indices, name: Attribute, place_of: PlaceOf
) -> dict[int, str]:
    """First, second, … at its place; all the same unless every place has as many images."""
    at_place: defaultdict[object, list[int]] = defaultdict(list)
    for index in indices:
        at_place[place_of(index)].append(index)
    value = partial(_value, headers, name)
    counts = {len(group) for group in at_place.values()}
    distinct = all(len(set(map(value, group))) == len(group) for group in at_place.values())
    if len(counts) != 1 or not distinct:
        return dict.fromkeys(indices, "1")
    return {
        index: str(number)
        for group in at_place.values()
        for number, index in enumerate(sorted(group, key=lambda i: _rank(value(i))), start=1)
    }


def _value(headers: Sequence[SliceHeader], name: Attribute, index: int) -> str:
    return headers[index].attributes.get(name, "")


def _wanted(values: set[str], choice: str | None) -> set[str]:
    if choice is None or not values:
        return values
    in_order = sorted(values, key=_rank)
    return {{"first": in_order[0], "last": in_order[-1]}.get(choice, choice)}


def _rank(text: str) -> tuple[bool, float, str]:
    """Numbers by size, before words by letter."""
    try:
        return (False, float(text), text)
    except ValueError:
        return (True, 0.0, text)


_SHOWN_VALUES = 6


def _shortened(values: Sequence[str]) -> str:
    shown = ", ".join(value.replace("\\", "/") or "-" for value in values[:_SHOWN_VALUES])
    left_out = len(values) - _SHOWN_VALUES
    return f"{shown} (+{left_out})" if left_out > 0 else shown
