from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_hex

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "demo"

_new_secret = partial(token_hex, 16)


@dataclass(frozen=True)
class Plan:
    """Where the programs of one run find each other, and the secrets that only they share."""

    folder: Path
    orthanc_port: int
    django_port: int
    admin_password: str = field(default_factory=_new_secret, repr=False)
    django_password: str = field(default_factory=_new_secret, repr=False)
    worker_password: str = field(default_factory=_new_secret, repr=False)
    worker_token: str = field(default_factory=_new_secret, repr=False)
    plugin_token: str = field(default_factory=_new_secret, repr=False)
    ticket_secret: str = field(default_factory=_new_secret, repr=False)
    django_secret_key: str = field(default_factory=_new_secret, repr=False)

    @property
    def orthanc_url(self) -> str:
        """Orthanc's own address; also that of its Explorer."""
        return f"http://127.0.0.1:{self.orthanc_port}"

    @property
    def django_url(self) -> str:
        """Address of the queue."""
        return f"http://127.0.0.1:{self.django_port}"

    @property
    def page_url(self) -> str:
        """Where the series and their results are shown."""
        return f"{self.django_url}/"
