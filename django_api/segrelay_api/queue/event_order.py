"""The one order of all events that nobody who follows them can miss anything in.

PostgreSQL hands out ids before it commits, and transactions commit out of order: who has read up
to id 7 would never see the 6 that is committed later. Numbers of transactions do better, because
the server knows below which of them all have ended. On SQLite there is one writer at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, F, Func, Value
from django.db.models.sql.compiler import SQLCompiler

LARGEST = 2**63 - 1
Sql = tuple[str, tuple[str | int, ...]]


@dataclass(frozen=True, order=True)
class Position:
    """Where somebody is in the order of events; travels as the `id` of Server-Sent Events."""

    transaction_number: int
    event_id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its written form. Raises ValueError."""
        transaction_number, event_id = text.split("-")
        position = cls(int(transaction_number), int(event_id))
        if str(position) != text or max(position.transaction_number, position.event_id) > LARGEST:
            raise ValueError("not as it was written here")
        return position

    def __str__(self) -> str:
        return f"{self.transaction_number}-{self.event_id}"


BEGINNING = Position(0, 0)


class CurrentTransaction(Func):
    """The number of the transaction that writes a row; 0 where ids are committed in order."""

    template = "0"
    output_field = BigIntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """Works from PostgreSQL 13 on."""
        template = "pg_current_xact_id()::text::bigint"
        return self.as_sql(compiler, connection, template=template)


class OldestRunningTransaction(Func):
    """Below this number every transaction has ended, so nothing can appear there any more.

    For PostgreSQL only, as it was when the statement began, and for readers that write nothing.
    The snapshot names those of the whole server; what runs in another database cannot write
    here and holds nothing back, however long it takes.
    """

    template = """(
        SELECT COALESCE(
            MIN(running::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        )
        FROM pg_snapshot_xip(pg_current_snapshot()) AS running
        WHERE NOT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE backend_xid = running::xid AND datname <> current_database()
        )
    )"""
    output_field = BigIntegerField()


def is_after(position: Position) -> Func:
    """For a filter: compares both numbers as a pair, which its index answers."""
    here = Func(F("transaction_number"), F("id"), template="(%(expressions)s)")
    there = Func(
        Value(position.transaction_number), Value(position.event_id), template="(%(expressions)s)"
    )
    return Func(
        here, there, template="%(expressions)s", arg_joiner=" > ", output_field=BooleanField()
    )
