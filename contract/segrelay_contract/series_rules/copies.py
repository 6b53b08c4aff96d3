"""Images that were sent twice: the same header, maybe under a second UID."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from segrelay_contract.series_rules.headers import SliceHeader

Indices = tuple[int, ...]


def drop_copies(
    headers: Sequence[SliceHeader], indices: Indices, places: Mapping[int, int]
) -> tuple[Indices, dict[int, int]]:
    """Images without those whose header says the same as another's at its place, and copy → kept.

    Which of them is kept does not depend on their order: the one with the least UID.
    """
    at_place: defaultdict[int, list[int]] = defaultdict(list)
    for index in sorted(indices, key=lambda i: headers[i].sop_instance_uid):
        at_place[places[index]].append(index)
    copies: dict[int, int] = {}
    for group in at_place.values():
        for index in group[1:]:
            twin = next((kept for kept in group if _same(headers[kept], headers[index])), index)
            if twin != index and twin not in copies:
                copies[index] = twin
    return tuple(index for index in indices if index not in copies), copies


def _same(a: SliceHeader, b: SliceHeader) -> bool:
    return replace(a, sop_instance_uid="") == replace(b, sop_instance_uid="")
