"""Fills the queue's table as years of use would; both databases take the same statement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from builders.queue_payloads import success_body
from django.db import connection

from segrelay_api.queue.deduplication import Work, dedup_key
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.status import RequestStatus

NUMBERS = "WITH RECURSIVE g(i) AS (VALUES (%s) UNION ALL SELECT i + 1 FROM g WHERE i < %s) "
HEX = {"sqlite": "printf('%%032x', i)", "postgresql": "lpad(to_hex(i), 32, '0')"}
UUID = {"sqlite": "{}", "postgresql": "({})::uuid"}
SECONDS_LATER = {  # than a time that is a parameter
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s, (i / 1000.0) || ' seconds')",
    "postgresql": "%s + i * interval '1 millisecond'",
}


def add_pending(count: int, *, now: datetime) -> None:
    """So many wait, each a millisecond younger than the one before, with the keys of a press."""
    requests = [_pending(number, now) for number in range(count)]
    SegmentationRequest.objects.bulk_create(requests, batch_size=500)


def analyze() -> None:
    """Lets the planner know what is in the tables, as the database does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _pending(number: int, now: datetime) -> SegmentationRequest:
    at = now + timedelta(milliseconds=number)
    request = _request(RequestStatus.PENDING, at)
    request.series_id = f"series-{number}"
    request.instances_digest = f"{number:064d}"
    request.due_at = at
    request.dedup_key = dedup_key(Work.of(request))
    return request


def add_finished(count: int, *, now: datetime) -> None:
    """So many were completed before today, with results as workers report them."""
    request = _request(RequestStatus.COMPLETED, now - timedelta(days=1))
    body = success_body("")
    request.result = body.result.model_dump(mode="json")
    request.outcome = body.result.outcome
    request.started_at = request.finished_at = request.created_at
    request.worker = "lab1"
    _insert(count, request)


def _request(status: RequestStatus, now: datetime) -> SegmentationRequest:
    return SegmentationRequest(
        model="brain",
        model_digest="d" * 64,
        study_id="study",
        study_instance_uid="1.2.3",
        series_instance_uid="1.2.3.4",
        requested_by="somebody",
        priority="routine",
        status=status,
        created_at=now,
        event_count=1,
    )


def _insert(count: int, template: SegmentationRequest) -> None:
    """Copies of the template; what must differ is made from the number of the copy."""
    vendor = connection.vendor
    number = HEX[vendor]
    later = SECONDS_LATER[vendor]
    own = {
        "id": (UUID[vendor].format(number), []),
        "series_id": (number, []),
        "instances_digest": (f"{number} || {number}", []),
        "dedup_key": (f"{number} || {number}", []),
        "created_at": (later, [_prepared("created_at", template.created_at)]),
        "due_at": (later, [_prepared("created_at", template.created_at)]),
    }
    columns: dict[str, tuple[str, list[Any]]] = {
        str(field.column): own.get(field.name)
        or ("%s", [_prepared(field.name, field.value_from_object(template))])
        for field in SegmentationRequest._meta.concrete_fields  # noqa: SLF001 - Django documents it
    }
    values = ", ".join(expression for expression, _ in columns.values())
    parameters = [value for _, values in columns.values() for value in values]
    table = SegmentationRequest._meta.db_table  # noqa: SLF001 - likewise
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) {NUMBERS} SELECT {values} FROM g",  # noqa: S608 - names of our own
            [1, count, *parameters],
        )


def _prepared(name: str, value: object) -> Any:  # noqa: ANN401 - as the driver takes it
    fields = SegmentationRequest._meta.concrete_fields  # noqa: SLF001 - likewise
    [field] = [field for field in fields if field.name == name]
    return field.get_db_prep_save(value, connection)
