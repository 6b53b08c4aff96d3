"""How a command ends: with lines for people, or with a sentence and a status that is not 0."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from segrelay_worker.commands.errors import CommandError
from segrelay_worker.errors import WorkerError
from segrelay_worker.first_description.errors import NotDescribedError
from segrelay_worker.unforeseen import unforeseen

DONE, BROKEN, NOT_DONE = 0, 1, 2


def ended(work: Callable[[], Sequence[str]], *, not_done: str) -> int:
    """Does the work and says what came of it; `not_done` begins the sentence if nothing did."""
    try:
        lines = work()
    except (CommandError, NotDescribedError, WorkerError) as error:
        sys.stderr.write(f"❌ {not_done}: {error}\n")
        return NOT_DONE
    except Exception as error:  # noqa: BLE001 - its message may quote a patient, its place does not
        sys.stderr.write(f"❌ 내부 오류 (internal error): {unforeseen(error)}\n")
        return BROKEN
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return DONE
