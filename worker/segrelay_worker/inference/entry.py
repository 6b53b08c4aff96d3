from __future__ import annotations

from multiprocessing.connection import Connection

from segrelay_worker.inference.messages import EngineOrder


def enter(connection: Connection, order: EngineOrder) -> None:
    """Run the inference process; the supervisor names this function without loading its work."""
    from segrelay_worker.inference.process import main  # noqa: PLC0415

    main(connection, order)
