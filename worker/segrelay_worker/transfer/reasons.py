from __future__ import annotations

from collections.abc import Iterator


def plain_reason(error: BaseException) -> str:
    """Why a connection failed in the system's own words, such as "Connection refused".

    HTTP libraries wrap it several times, and their own messages quote whole URLs.
    """
    for link in _chain(error):
        if isinstance(link, TimeoutError):
            return "timed out"
        if isinstance(link, OSError) and link.strerror:
            return link.strerror
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
