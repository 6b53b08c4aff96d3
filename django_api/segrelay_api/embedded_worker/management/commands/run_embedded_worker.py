from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from segrelay_api.embedded_worker.supervision import Patience, keep_running
from segrelay_api.environment import without_own_secrets


class Command(BaseCommand):
    """`manage.py run_embedded_worker`: a service of its own beside the web server."""

    help = "Runs a worker on this host, where USE_LOCAL_INFERENCE=false, until a signal ends it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Ends with the worker's status if its settings or its model are wrong."""
        if settings.SEGRELAY.use_local_inference:
            raise CommandError(
                "USE_LOCAL_INFERENCE is true: requests wait for the lab's workers. "
                "Set it to false to run a worker here."
            )
        command = settings.SEGRELAY.embedded_worker_command
        try:
            status = keep_running(
                command=command, environment=without_own_secrets(os.environ), patience=Patience()
            )
        except OSError as error:
            raise CommandError(
                f"{command[0]} cannot be started ({error.strerror}). Install segrelay-worker, "
                "or name its command in EMBEDDED_WORKER_COMMAND."
            ) from error
        sys.exit(status)
