# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segrelay_plugin.rest import Handler, Reply, Request, answer, error_reply

MOST_AT_ONCE = 50  # they are asked for one after another, on one of Orthanc's HTTP threads
KINDS = ("series", "studies")  # as in the routes
KEY = "idempotency-key"

# What the next one would be told as well, perhaps after five seconds of waiting.
HOPELESS = frozenset({"busy", "django_unreachable", "plugin_not_configured", "plugin_refused"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One series or study of a press on many."""

    kind: str
    orthanc_id: str


class BulkRoute:
    """One press for many series and studies: `{"series": [id, …], "studies": [id, …], …}`.

    What else the body says, such as the model, holds for each of them.
    """

    def __init__(self, *, series: Handler, studies: Handler) -> None:
        self._handlers = {"series": series, "studies": studies}

    def __call__(self, request: Request) -> Reply:
        """Answers 200 with what each was told, in the order asked."""
        try:
            wanted, wish = _read(request.document())
        except ValueError:
            return error_reply(request, 400, "invalid_request")
        if len(wanted) > MOST_AT_ONCE:
            return error_reply(request, 400, "too_many_at_once", most=str(MOST_AT_ONCE))
        results = list(self._press_each(request, wanted, wish))
        return Reply(200, {"success": True, "results": results})

    def _press_each(
        self, request: Request, wanted: Sequence[Wanted], wish: bytes
    ) -> Iterator[Mapping[str, object]]:
        is_hopeless = False
        for one in wanted:
            if is_hopeless:
                reply = error_reply(request, 503, "not_asked")
            else:
                reply = answer(self._handlers[one.kind], _press(request, one, wish))
                is_hopeless = reply.payload.get("code") in HOPELESS
            yield {"kind": one.kind, "id": one.orthanc_id, "status": reply.status, **reply.payload}


def _read(document: object) -> tuple[Sequence[Wanted], bytes]:
    if not isinstance(document, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - of a document, not of code
    wanted = [
        Wanted(kind, orthanc_id) for kind in KINDS for orthanc_id in _ids(document.pop(kind, []))
    ]
    return wanted, json.dumps(document).encode()


def _ids(value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(map(_is_id, value)):
        raise ValueError("no list of ids")
    return list(dict.fromkeys(value))


def _is_id(value: object) -> bool:
    """Ids go into paths: nothing else may stand in them."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f-]+", value) is not None


def _press(request: Request, one: Wanted, wish: bytes) -> Request:
    """A press of its own, with a key of its own where the whole has one."""
    key = request.headers.get(KEY)
    of_one = {KEY: f"{key}/{one.orthanc_id}"} if key else {}
    return Request(groups=(one.orthanc_id,), headers={**request.headers, **of_one}, body=wish)
