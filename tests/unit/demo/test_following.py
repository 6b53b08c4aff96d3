import pytest

from demo.following import described, follow
from demo.request_queue import RequestQueue
from demo.stack import Stack
from demo.steps import Steps
from segrelay_contract.examples import example
from segrelay_contract.requests import RequestAnswer, RequestView, WaitingFor
from segrelay_contract.status import RequestStatus, Stage

COMPLETED = RequestAnswer.model_validate(example("request-answer-completed")).request


def at(status: RequestStatus, stage: Stage | None = None) -> RequestView:
    waiting = WaitingFor(reason="worker") if status == RequestStatus.PENDING else None
    return COMPLETED.model_copy(update={"status": status, "stage": stage, "waiting_for": waiting})


class ScriptedQueue(RequestQueue):
    """Answers with one view after the other."""

    def __init__(self, *views: RequestView) -> None:
        self._views = list(views)

    def request(self, request_id: object) -> RequestView:
        assert request_id == COMPLETED.request_id
        return self._views.pop(0)


def test_each_change_is_told_once_until_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.stack._PAUSE_SECONDS", 0)
    working = RequestStatus.PROCESSING
    queue = ScriptedQueue(
        at(RequestStatus.PENDING),
        at(working),
        at(working, Stage.INFERRING),
        at(working, Stage.INFERRING),
        at(working, Stage.UPLOADING),
        COMPLETED,
    )
    ended = follow(COMPLETED.request_id, queue=queue, stack=Stack(), steps=Steps(8))
    assert ended == COMPLETED
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == [
        "pending (worker)",
        "processing",
        "processing: inferring",
        "processing: uploading",
        "completed",
    ]


@pytest.mark.parametrize(
    "status", [RequestStatus.FAILED, RequestStatus.CANCELLED, RequestStatus.COMPLETED]
)
def test_every_final_state_ends_the_following(status: RequestStatus) -> None:
    queue = ScriptedQueue(at(status))
    ended = follow(COMPLETED.request_id, queue=queue, stack=Stack(), steps=Steps(8))
    assert described(ended) == status
