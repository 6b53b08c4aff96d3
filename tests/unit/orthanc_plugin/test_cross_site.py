import pytest

from segrelay_plugin.cross_site import is_from_another_site


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "pacs.example"},
        {"sec-fetch-site": "same-origin", "origin": "https://elsewhere.example"},
        {"sec-fetch-site": "none"},
        {"host": "pacs.example", "origin": "https://pacs.example"},
        {"host": "pacs.example:443", "origin": "https://PACS.example"},
        {"host": "pacs.example:8042", "origin": "http://pacs.example:8042"},
        {"host": "[::1]:8042", "origin": "http://[::1]:8042"},
        {
            "host": "10.0.0.7:8042",
            "x-forwarded-host": "pacs.example, proxy",
            "origin": "http://pacs.example",
        },
    ],
)
def test_programs_and_our_own_pages_may_call(headers: dict[str, str]) -> None:
    assert not is_from_another_site(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "host": "pacs.example", "origin": "http://pacs.example"},
        {"host": "pacs.example", "origin": "null"},
        {"host": "pacs.example", "origin": ""},
        {"host": "[", "origin": "http://["},
        {"origin": "", "host": ""},
        {"origin": "http://pacs.example"},
        {"host": "pacs.example", "origin": "https://elsewhere.example"},
        {"host": "pacs.example:8042", "origin": "http://pacs.example:8000"},
        {"host": "pacs.example", "origin": "http://pacs.example.evil.example"},
    ],
)
def test_a_page_of_another_site_may_not(headers: dict[str, str]) -> None:
    assert is_from_another_site(headers)
