"""Whose request it is, whatever headers the visitor makes up."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from opscom.lib.network import client_address, network_of

PROXY = "10.0.0.9"


def address(forwarded: str | None = None, remote: str = PROXY) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory(headers=headers).get("/", REMOTE_ADDR=remote))


@pytest.mark.parametrize("forwarded", [None, "198.51.100.7", "1.1.1.1, 198.51.100.7", "garbage", ""])
def test_without_a_proxy_the_header_counts_for_nothing(settings: Settings, forwarded: str | None) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert address(forwarded, remote="203.0.113.5") == "203.0.113.5"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("127.0.0.1, 203.0.113.5", "203.0.113.5"),  # the visitor sent the first part
        ("evil, <script>, 203.0.113.5", "203.0.113.5"),
        (",,203.0.113.5, ,", "203.0.113.5"),
        ("203.0.113.5:50123", "203.0.113.5"),
        ("[2001:db8::7]:50123", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        (None, PROXY),
        ("", PROXY),
        (" , ", PROXY),
    ],
)
def test_behind_one_proxy_its_own_entry_counts(settings: Settings, forwarded: str | None, expected: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert address(forwarded) == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.5, 10.0.0.1", "203.0.113.5"),
        ("127.0.0.1, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        ("127.0.0.1", PROXY),  # came past the outer proxy: what it sent is not believed
    ],
)
def test_behind_two_proxies_the_outer_ones_entry_counts(settings: Settings, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    assert address(forwarded) == expected


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("2001:db8::7", "2001:db8::7"),
        ("2001:0DB8:0000::0007", "2001:db8::7"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("", "0.0.0.0"),
        ("unix:", "0.0.0.0"),
        ("203.0.113.5:443:1", "0.0.0.0"),
        ("203.0.113.999", "0.0.0.0"),
        ("'; DROP TABLE", "0.0.0.0"),
    ],
)
def test_address_is_written_one_way_or_not_at_all(settings: Settings, remote: str, expected: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert address(remote=remote) == expected
    settings.TRUSTED_PROXY_COUNT = 1
    assert address(remote or "-") == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.5", "203.0.113.250", True),
        ("203.0.113.5", "203.0.114.5", False),
        ("2001:db8:1::7", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::7", "2001:db8:2::7", False),
    ],
)
def test_network_is_what_one_person_may_hold(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_network_is_written_with_its_length() -> None:
    assert (network_of("203.0.113.5"), network_of("2001:db8:1::7")) == ("203.0.113.0/24", "2001:db8:1::/48")
