"""The simple way: tokens that stand in the environment, revoked by a change and a restart."""

from __future__ import annotations

import secrets

from segrelay_api.accounts.principal import Principal, Role
from segrelay_api.environment import Environment


def principal_of_environment_token(environment: Environment, token: str) -> Principal | None:
    """Whose token this is; None for a token that does not stand there."""
    owners = (
        *((owner, Role.WORKER, known) for owner, known in environment.worker_tokens.items()),
        *((owner, Role.REQUESTER, known) for owner, known in environment.requester_tokens.items()),
        ("orthanc-plugin", Role.PLUGIN, environment.plugin_token),
    )
    for owner, role, known in owners:
        if known and secrets.compare_digest(known.encode(), token.encode()):
            return Principal(owner, role)
    return None
