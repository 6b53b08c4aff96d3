from __future__ import annotations

import multiprocessing

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError
from segrelay_worker.inference.entry import enter
from segrelay_worker.inference.messages import Answer, EngineOrder, Job

_SPAWN = multiprocessing.get_context("spawn")  # CUDA does not survive a fork


class InferenceChild:
    """One inference process with the pipe to it."""

    def __init__(self, order: EngineOrder) -> None:
        self._pipe, childs_end = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=enter, args=(childs_end, order), daemon=True)
        self._process.start()
        childs_end.close()  # so that our end sees the pipe close when the child dies

    def is_alive(self) -> bool:
        """Whether a job could be sent."""
        return self._process.is_alive()

    def send(self, job: Job) -> None:
        """Hand a job over. Raises TransientError(ENGINE_DIED)."""
        try:
            self._pipe.send(job)
        except OSError as error:
            raise self._died() from error

    def receive(self) -> Answer:
        """Wait for the next answer. Raises TransientError(ENGINE_DIED)."""
        try:
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error
        return answer

    def kill(self) -> None:
        """End the process now; any thread may call it."""
        self._process.kill()

    def end(self) -> None:
        """Kill, and leave nothing behind."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _died(self) -> TransientError:
        self._process.join()
        detail = f"exit status {self._process.exitcode}"
        return TransientError(ErrorCode.ENGINE_DIED, detail=detail)
