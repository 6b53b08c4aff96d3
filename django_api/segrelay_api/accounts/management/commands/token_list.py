from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from segrelay_api.accounts.models import AccessToken

COLUMNS = ("NAME", "ROLE", "CREATED", "LAST USED", "REVOKED")


class Command(BaseCommand):
    """`manage.py token_list`."""

    help = "Lists the tokens of the database; those of the environment stand there."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """One line for each, with tabs between the columns."""
        self.stdout.write("\t".join(COLUMNS))
        for token in AccessToken.objects.order_by("name", "created_at"):
            times = (token.created_at, token.last_used_at, token.revoked_at)
            self.stdout.write("\t".join((token.name, token.role, *map(_shown, times))))


def _shown(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}Z" if time else "-"
