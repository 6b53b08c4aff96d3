from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest_instances(sop_instance_uids: Iterable[str]) -> str:
    """SHA-256 of the set of images that a request is about, whatever order they came in."""
    return hashlib.sha256("\n".join(sorted(sop_instance_uids)).encode()).hexdigest()
