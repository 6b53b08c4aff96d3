"""Writes many steps of requests by two statements, however many they are.

Django's own bulk_update and bulk_create take several times as long, and every claim waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, models

from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_api.queue.wakeups.announcing import announce_when_committed
from segrelay_api.queue.wakeups.happening import happening_of

if TYPE_CHECKING:
    Column = models.Field[Any, Any]  # generic for the type checker alone

_REQUEST = SegmentationRequest._meta  # noqa: SLF001 - Django documents it
_EVENT = RequestEvent._meta  # noqa: SLF001 - likewise
_EVENT_COLUMNS = [
    field for field in _EVENT.concrete_fields if field.name not in {"id", "transaction_number"}
]


def store_all(events: Sequence[RequestEvent], *, changed: Sequence[str]) -> None:
    """Writes these steps and what changed of their requests, and wakes those who wait for them.

    What changed may be null only if it is for all.
    """
    if not events:
        return
    _update([event.request for event in events], changed)
    _insert(events)
    announce_when_committed([happening_of(event.request, kind=event.kind) for event in events])


def _update(requests: Sequence[SegmentationRequest], changed: Sequence[str]) -> None:
    fields = [field for field in _REQUEST.concrete_fields if field.name in changed]
    new, rows, parameters = _sources(requests, _REQUEST.pk, fields)
    changes = ", ".join(f"{column} = {source}" for column, source in new.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_REQUEST.db_table} SET {changes} FROM {rows} WHERE id = own.column1",  # noqa: S608 - names of our own
            parameters,
        )


def _insert(events: Sequence[RequestEvent]) -> None:
    key, *others = _EVENT_COLUMNS
    new, rows, parameters = _sources(events, key, others)
    columns = ", ".join([str(key.column), *new])
    sources = ", ".join(["own.column1", *new.values()])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_EVENT.db_table} ({columns}) SELECT {sources} FROM {rows}",  # noqa: S608 - likewise
            parameters,
        )


def _sources(
    rows: Sequence[models.Model], key: Column, fields: Sequence[Column]
) -> tuple[dict[str, str], str, list[Any]]:
    """Where each column comes from, the table `own` of these rows, and the parameters of both.

    What all rows share is a parameter; the rest comes from the table.
    """
    shared = [field for field in fields if _is_shared(field, rows)]
    own = [field for field in fields if field not in shared]
    sources = {str(field.column): "%s" for field in shared}
    sources |= {str(field.column): f"own.column{place}" for place, field in enumerate(own, start=2)}
    table, parameters = _table([key, *own], rows)
    return sources, table, [*_prepared(rows[0], shared), *parameters]


def _table(fields: Sequence[Column], rows: Sequence[models.Model]) -> tuple[str, list[Any]]:
    """The table `own` with `column1`, `column2`… for these fields, and its parameters.

    PostgreSQL takes a list for each column: its text does not grow with the rows, so that the
    driver knows it already.
    """
    values = [_prepared(row, fields) for row in rows]
    if connection.vendor == "postgresql":
        lists = ", ".join(f"%s::{_bare_type(field)}[]" for field in fields)
        names = ", ".join(f"column{place}" for place in range(1, 1 + len(fields)))
        return f"unnest({lists}) AS own({names})", [
            list(column) for column in zip(*values, strict=True)
        ]
    row = f"({', '.join(['%s'] * len(fields))})"
    return f"(VALUES {', '.join([row] * len(rows))}) AS own", [one for row in values for one in row]


def _bare_type(field: Column) -> str:
    """Without its length: a cast to that would cut what is too long instead of refusing it."""
    return str(field.db_type(connection)).partition("(")[0]


def _is_shared(field: Column, rows: Sequence[models.Model]) -> bool:
    first = getattr(rows[0], field.attname)
    return all(getattr(row, field.attname) == first for row in rows)


def _prepared(row: models.Model, fields: Sequence[Column]) -> list[Any]:
    """As the driver takes them."""
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
