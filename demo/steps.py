class Steps:
    """Tells on standard output, one line each, what has been done."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def done(self, sentence: str) -> None:
        """One step more is done."""
        self._done += 1
        print(f"{self._done}/{self._total} {sentence}", flush=True)

    def note(self, sentence: str) -> None:
        """Something worth knowing about the last or the next step."""
        print(f"    {sentence}", flush=True)
