from __future__ import annotations

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from segrelay_api.accounts.loopback import is_from_this_machine


def local_request(changes: dict[str, str]) -> WSGIRequest:
    request = RequestFactory().get("/", headers={"Host": "localhost:8000"})
    request.META.update({"REMOTE_ADDR": "127.0.0.1", **changes})
    return request


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"HTTP_HOST": "127.0.0.1:8000"},
        {"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"},
        {"HTTP_ORIGIN": "http://localhost:8000"},
    ],
)
def test_somebody_at_this_machine_is_recognised(extra: dict[str, str]) -> None:
    assert is_from_this_machine(local_request(extra))


@pytest.mark.parametrize(
    "extra",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_HOST": "hospital.example"},
        {"HTTP_HOST": "localhost.evil.example"},
        {"HTTP_HOST": ""},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_ORIGIN": "http://evil.example"},
        {"HTTP_ORIGIN": "http://localhost:3000"},
        {"HTTP_ORIGIN": "null"},
    ],
)
def test_a_proxy_or_a_foreign_page_does_not_pass_for_this_machine(extra: dict[str, str]) -> None:
    assert not is_from_this_machine(local_request(extra))
