from __future__ import annotations


class HeldTicket:
    """The newest ticket of one claim; never that of another request, each claim has its own.

    The lease keeper renews it while other threads show it: one reference, replaced whole.
    """

    def __init__(self, newest: str | None = None) -> None:
        self._newest = newest

    @property
    def newest(self) -> str | None:
        """None from a queue that issues none."""
        return self._newest

    def renew(self, ticket: str | None) -> None:
        """Show this one from now on, if the queue gave one."""
        if ticket is not None:
            self._newest = ticket
