from __future__ import annotations

import asyncio
import logging

from django.conf import settings

from segrelay_api.accounts import tokens
from segrelay_api.accounts.principal import Role
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.queue import event_log
from segrelay_api.queue.untold_states import tell_nobody
from segrelay_api.queue.wakeups.listeners import own_changes
from segrelay_api.state_mirror.mirror import StateMirror

GATHERED_SECONDS = 0.1  # a press and its claim are often one telling
SWEEP_SECONDS = 30.0  # for what other web hosts changed and could not tell
HELD_BACK_SECONDS = 1.0
SHORTEST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
log = logging.getLogger(__name__)


async def mirror_for_ever() -> None:
    """Tells after each commit of this process; while nobody answers, after growing pauses."""
    mirror = StateMirror(orthanc_client())
    now = asyncio.get_running_loop().time
    pause_seconds = SHORTEST_PAUSE_SECONDS
    tried_all_at = now()
    with own_changes.listen() as changed:
        while True:
            if now() - tried_all_at >= SWEEP_SECONDS:
                mirror.try_all_again()
                tried_all_at = now()
            longest_wait_seconds = await _tell(mirror)
            if longest_wait_seconds is None:
                log.warning("states wait for the plugin seconds=%.0f", pause_seconds)
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
            else:
                pause_seconds = SHORTEST_PAUSE_SECONDS
                await asyncio.sleep(GATHERED_SECONDS)
                await changed.wait(seconds=longest_wait_seconds)


async def _tell(mirror: StateMirror) -> float | None:
    """How long there is nothing to do unless something happens; None where nobody answers."""
    try:
        if not await in_database(is_anybody_to_be_told):
            await in_database(tell_nobody)
        elif not await mirror.tell_all():
            return None
        # Nobody tells when a transaction ends that held events back, so they are looked for.
        is_any_held_back = await in_database(event_log.is_any_held_back)
    except Exception:
        log.exception("states not told")
        return None
    return HELD_BACK_SECONDS if is_any_held_back else SWEEP_SECONDS


def is_anybody_to_be_told() -> bool:
    """Whether a plugin belongs to this system: one that may call has a token."""
    if settings.SEGRELAY.plugin_token:
        return True
    return tokens.is_any_in_force(role=Role.PLUGIN)
