"""Sessions are Django's, found by a query that is put together once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from opscom.lib.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_session_is_read_with_one_query_and_is_the_one_that_django_wrote() -> None:
    written = db.SessionStore()
    written["seen"] = [1, "two"]
    written.save()
    for _ in range(3):
        session = SessionStore(written.session_key)
        with CaptureQueriesContext(connection) as queries:
            assert session["seen"] == [1, "two"]
        assert len(queries) == 1
    session["seen"] = []
    session.save()
    assert db.SessionStore(written.session_key)["seen"] == []


def test_session_that_is_over_or_unknown_holds_nothing_and_loses_its_key() -> None:
    written = SessionStore()
    written["seen"] = 1
    written.save()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    for key in (written.session_key, "x" * 32):
        session = SessionStore(key)
        assert session.get("seen") is None
        assert session.session_key is None


def test_visitor_with_a_session_that_is_over_begins_anew(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert client.get("/home/").status_code == 302
