from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Mapping
from types import MappingProxyType

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError
from segrelay_worker.inference.entry import enter
from segrelay_worker.inference.exit_status import DEVICE_LOST
from segrelay_worker.inference.messages import Answer, EngineOrder, Question

_SPAWN = multiprocessing.get_context("spawn")  # CUDA does not survive a fork

# What most often lies behind a signal that nobody sent on purpose.
_USUAL_CAUSES: Mapping[int, str] = MappingProxyType(
    {
        signal.SIGKILL: "most likely the kernel, as memory ran out: see its log",
        signal.SIGSEGV: "a fault in a library's native code",
        signal.SIGABRT: "a library's native code gave up",
        signal.SIGBUS: "a file that was mapped into memory became shorter, or the disk is full",
        signal.SIGILL: "a library needs a newer processor",
    }
)


class InferenceChild:
    """One inference process with the pipe to it."""

    def __init__(self, order: EngineOrder) -> None:
        self._device = order.device
        self._pipe, childs_end = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=enter, args=(childs_end, order), daemon=True)
        self._process.start()
        childs_end.close()  # so that our end sees the pipe close when the child dies

    def is_alive(self) -> bool:
        """Whether a job could be sent."""
        return self._process.is_alive()

    def send(self, question: Question) -> None:
        """Hand a job or a question over. Raises as `receive` does of a process that ended."""
        try:
            self._pipe.send(question)
        except OSError as error:
            raise self._died() from error

    def receive(self, *, until: float | None = None) -> Answer:
        """Wait for the next answer, no longer than until that moment of the monotonic clock.

        Raises TimeoutError, and TransientError engine_killed, engine_died or, for it said so by its
        end, device_unavailable if the process ended.
        """
        if until is not None and not self._pipe.poll(max(0.0, until - time.monotonic())):
            raise TimeoutError
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
        status = self._process.exitcode or 0
        if status == DEVICE_LOST:
            lost = {"device": self._device}
            return TransientError(ErrorCode.DEVICE_UNAVAILABLE, lost, detail="lost while at work")
        code = ErrorCode.ENGINE_KILLED if status == -signal.SIGKILL else ErrorCode.ENGINE_DIED
        return TransientError(code, detail=_told(status))


def _told(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    cause = _USUAL_CAUSES.get(-status)
    return f"ended by {signal.Signals(-status).name}" + (f" ({cause})" if cause else "")
