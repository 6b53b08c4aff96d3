from __future__ import annotations

from dataclasses import dataclass

from segrelay_worker.transfer.retrying import RetryPolicy


@dataclass(frozen=True)
class Patience:
    """How long each kind of call is tried again; the queue's own re-queueing comes after it."""

    model_load: RetryPolicy
    download: RetryPolicy
    upload: RetryPolicy
    complete: RetryPolicy
    blocked: RetryPolicy  # before the next claim, while every request would fail here


PATIENCE = Patience(
    model_load=RetryPolicy(2.0, 60.0),  # without a model there is nothing to do
    download=RetryPolicy(1.0, 10.0, give_up_after_seconds=30.0),
    upload=RetryPolicy(1.0, 30.0, give_up_after_seconds=300.0),  # a finished result is dear
    complete=RetryPolicy(1.0, 30.0, give_up_after_seconds=600.0),  # a stored one even more
    blocked=RetryPolicy(5.0, 300.0),
)
