"""An inference process that is none: what it answers stands in a script."""

from __future__ import annotations

from collections.abc import Iterable

from segrelay_worker.inference.messages import Answer, EngineOrder, Question

Script = Iterable[Answer | Exception]


class ScriptedChild:
    """Takes the place of `InferenceChild`; an error in the script ends it."""

    def __init__(self, answers: Script) -> None:
        self._answers = iter(answers)
        self._is_alive = True
        self.asked: list[Question] = []

    def is_alive(self) -> bool:
        return self._is_alive

    def send(self, question: Question) -> None:
        self.asked.append(question)

    def receive(self, *, until: float | None = None) -> Answer:
        answer = next(self._answers)
        if isinstance(answer, TimeoutError):
            assert until is not None, "nobody limits the time"
        if isinstance(answer, Exception):
            self._is_alive = isinstance(answer, TimeoutError)
            raise answer
        return answer

    def kill(self) -> None:
        self._is_alive = False

    def end(self) -> None:
        self._is_alive = False


class Nursery:
    """Makes a child of the next script for each start of a process."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = iter(scripts)
        self.children: list[ScriptedChild] = []

    def __call__(self, _order: EngineOrder) -> ScriptedChild:
        self.children.append(ScriptedChild(next(self._scripts)))
        return self.children[-1]
