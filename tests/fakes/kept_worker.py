"""Runs the supervision of the embedded worker with little patience: `kept_worker.py COMMAND …`."""

from __future__ import annotations

import os
import sys

from segrelay_api.embedded_worker.supervision import Patience, keep_running

SOON = Patience(first_pause=0.01, longest_pause=0.05, healthy_after=60.0, end=0.2)

if __name__ == "__main__":
    sys.exit(keep_running(command=sys.argv[1:], environment=os.environ, patience=SOON))
