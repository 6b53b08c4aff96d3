"""Recognises bearer tokens, those of the environment and those of the database."""

from __future__ import annotations

from collections import OrderedDict

from django.conf import settings
from django.utils import timezone

from segrelay_api.accounts import tokens
from segrelay_api.accounts.attempts import Attempts, site_of
from segrelay_api.accounts.environment_tokens import principal_of_environment_token
from segrelay_api.accounts.principal import Principal
from segrelay_api.database_calls import in_background, in_database

MOST_FAILURES = 20
WITHIN_SECONDS = 300.0
MOST_RECOGNISED = 10_000


class BearerTokens:
    """Looks tokens up, and nobody's more than so often for one address.

    A token that was right before is looked up all the same: behind the one address of a lab, a
    worker with a wrong token must not shut out those with right ones.
    """

    def __init__(self, failures: Attempts) -> None:
        self._failures = failures
        self._recognised: OrderedDict[str, None] = OrderedDict()  # digests

    async def principal(self, token: str, *, address: str) -> Principal | None:
        """Whose token this is, or None. Raises TooManyAttemptsError."""
        site, digest = site_of(address), tokens.digest_of(token)
        if digest not in self._recognised:
            self._failures.refuse_too_many(site)
        principal = await _look_up(token)
        if principal is None:
            self._recognised.pop(digest, None)
            self._failures.note(site)
        else:
            self._remember(digest)
        return principal

    def _remember(self, digest: str) -> None:
        self._recognised[digest] = None
        if len(self._recognised) > MOST_RECOGNISED:
            self._recognised.popitem(last=False)


bearer_tokens = BearerTokens(Attempts(most=MOST_FAILURES, within_seconds=WITHIN_SECONDS))


async def _look_up(token: str) -> Principal | None:
    known = principal_of_environment_token(settings.SEGRELAY, token)
    if known or not token:
        return known
    found = await in_database(tokens.find_token, token=token)
    if found is None:
        return None
    now = timezone.now()
    if tokens.is_use_worth_noting(found, now=now):
        in_background(tokens.note_use, token_id=found.pk, now=now)
    return found.principal
