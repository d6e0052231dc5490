"""Terms that the office gave before lockers were sold."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from lockers.models import LockerSite, LockerTerm
from opscom.lib.dates import today
from tests.factories import make_locker, make_locker_term

earlier_rows = import_module("lockers.migrations.0004_earlier_rows")


@pytest.mark.django_db
def test_earlier_terms_survive_and_those_that_are_over_are_ended() -> None:
    locker, day = make_locker(), today()
    over = make_locker_term(locker=locker, starts_on=day - timedelta(days=30), ends_before=day)
    present = make_locker_term(locker=locker)
    codes = {LockerSite.objects.get().code, over.code, present.code}
    earlier_rows.complete(apps, None)
    assert list(LockerTerm.objects.order_by("pk").values_list("state", "starts_on", "user")) == [
        ("ended", over.starts_on, over.user_id),
        ("active", present.starts_on, present.user_id),
    ]
    assert codes.isdisjoint({LockerSite.objects.get().code, *LockerTerm.objects.values_list("code", flat=True)})


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL no longer lets two terms share a day")
@pytest.mark.django_db
def test_of_two_terms_that_shared_a_day_the_first_stays() -> None:
    locker = make_locker()
    first, second = make_locker_term(locker=locker), make_locker_term(locker=locker)
    earlier_rows.complete(apps, None)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("active", "ended")
    assert [event.reason for event in second.events.all()] == ["shared its days with an earlier term"]
