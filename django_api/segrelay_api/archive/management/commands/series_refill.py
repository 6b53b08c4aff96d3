from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from segrelay_api.archive.errors import OrthancUnreachableError
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.archive.refill import NoPluginError, Refilled, refill


class Command(BaseCommand):
    """`manage.py series_refill`."""

    help = (
        "Reads from the Orthanc plugin which series are tagged, as after the loss of the queue's "
        "database. May be repeated, also while everything runs."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Prints what came of it."""
        try:
            found = asyncio.run(_refill())
        except OrthancUnreachableError as error:
            raise CommandError(
                f"Orthanc does not answer ({error}). Check ORTHANC_URL and its account."
            ) from error
        except NoPluginError as error:
            raise CommandError(
                "Orthanc lists no candidates. Check that the Segrelay plugin of this version "
                "runs in it: /segrelay/health."
            ) from error
        self.stdout.write(
            f"{found.told} tagged series, of which {found.unsuitable} cannot be segmented; "
            f"{found.forgotten} forgotten that Orthanc no longer has."
        )


async def _refill() -> Refilled:
    return await refill(orthanc_client())
