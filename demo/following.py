from uuid import UUID

from demo.request_queue import RequestQueue
from demo.stack import Stack
from demo.steps import Steps
from segrelay_contract.requests import RequestView
from segrelay_contract.status import RequestStatus, is_final

LONGEST_SECONDS = 3600  # a large model of somebody's own on a CPU


def follow(request_id: UUID, *, queue: RequestQueue, stack: Stack, steps: Steps) -> RequestView:
    """Tell each change of a request until it has ended.

    Raises:
        DemoError: a program ended, a call failed, or it took too long.
    """
    told = ""

    def ended() -> RequestView | None:
        nonlocal told
        view = queue.request(request_id)
        state = described(view)
        if state != told:
            steps.note(state)
            told = state
        return view if is_final(view.status) else None

    return stack.until(ended, what="The end of the request", seconds=LONGEST_SECONDS)


def described(view: RequestView) -> str:
    """How far a request is, in a few words."""
    if view.status == RequestStatus.PENDING:
        return f"pending ({view.waiting_for.reason})" if view.waiting_for else "pending"
    if view.status == RequestStatus.PROCESSING and view.stage:
        return f"processing: {view.stage}"
    return view.status
