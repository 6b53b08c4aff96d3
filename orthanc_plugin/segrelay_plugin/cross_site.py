# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a call came from a page of another site, in the browser of somebody who is logged in.

Browsers keep Orthanc's password and send it along, wherever a form or script is from. They say
where that is, and no page can change it: `Sec-Fetch-Site` where they send it (https and
localhost), else `Origin`, which comes with every POST. Programs send neither.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

READING = frozenset({"GET"})
OWN = frozenset({"same-origin", "none"})  # none: no page at all, as the address bar
DEFAULT_PORTS = (":80", ":443")


def is_from_another_site(headers: Mapping[str, str]) -> bool:
    """As the browser says; `headers` by name in lower case."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in OWN
    origin = headers.get("origin")
    return origin is not None and _address_of(origin) not in _called(headers)


def _called(headers: Mapping[str, str]) -> set[str]:
    """What the browser called; behind a proxy that changes it, the proxy says it.

    Another page cannot add such a header without being asked for leave, which Orthanc never gives.
    """
    named = headers.get("host", ""), *headers.get("x-forwarded-host", "").split(",")
    return {_address(one) for one in named} - {""}


def _address_of(origin: str) -> str:
    try:
        return _address(urlsplit(origin).netloc)
    except ValueError:  # half of an IPv6 address; no browser says so
        return ""


def _address(host: str) -> str:
    address = host.strip().lower()
    for port in DEFAULT_PORTS:
        address = address.removesuffix(port)
    return address
