from __future__ import annotations

import asyncio
import logging

from django.conf import settings

from segrelay_api.accounts import tokens
from segrelay_api.accounts.principal import Role
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.queue.untold_states import forget_untold
from segrelay_api.queue.wakeups.listeners import own_changes
from segrelay_api.state_mirror.mirror import StateMirror

GATHERED_SECONDS = 0.1  # a press and its claim are often one telling
SWEEP_SECONDS = 30.0  # for what other web hosts changed and could not tell
SHORTEST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
log = logging.getLogger(__name__)


async def mirror_for_ever() -> None:
    """Tells after each commit of this process; while nobody answers, after growing pauses."""
    mirror = StateMirror(orthanc_client())
    pause_seconds = SHORTEST_PAUSE_SECONDS
    with own_changes.listen() as changed:
        while True:
            if await _is_done(mirror):
                pause_seconds = SHORTEST_PAUSE_SECONDS
                await asyncio.sleep(GATHERED_SECONDS)
                if not await changed.wait(seconds=SWEEP_SECONDS):
                    mirror.try_all_again()
            else:
                log.warning("states wait for the plugin seconds=%.0f", pause_seconds)
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)


async def _is_done(mirror: StateMirror) -> bool:
    """Whether nothing is left that could be told now; a database that is away is asked later."""
    try:
        if not await in_database(is_anybody_to_be_told):
            await in_database(forget_untold)
            return True
        return await mirror.tell_all()
    except Exception:
        log.exception("states not told")
        return False


def is_anybody_to_be_told() -> bool:
    """Whether a plugin belongs to this system: one that may call has a token."""
    if settings.SEGRELAY.plugin_token:
        return True
    return tokens.is_any_in_force(role=Role.PLUGIN)
