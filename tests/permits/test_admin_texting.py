"""Parking by text in the office: what runs, what it brought, and what was said."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.services.text_answers import IncomingText, answer_text
from opscom.templatetags.portal import moment
from permits.models import Permit
from permits.services.parkme.usage import texted_sessions, usage_by_month
from tests.conftest import sign_in
from tests.factories import make_user
from tests.payments.vault import Machine
from tests.permits.parkme.driver import OFFICE, Driver, make_driver, text_lot

pytestmark = pytest.mark.django_db
LIST = "/admin/permits/textconversation/"


@pytest.fixture
def driver(vault: Machine, db: None) -> Driver:
    text_lot()
    driver = make_driver()
    driver.now = timezone.now()
    for n, body in enumerate(("ParkMe", "P", "1", "60", "C", "1", "C")):
        answer_text(IncomingText(f"SM{n}", driver.number, OFFICE, body), at=driver.now)
    driver.work()
    return driver


def test_conversation_shows_what_was_said(driver: Driver, staff_client: Client) -> None:
    page = staff_client.get(f"{LIST}{driver.talk.pk}/change/").content.decode()
    said = (">ParkMe<", "Text2ParkMe: text P to start parking or Q to quit.", "Your card is being charged", "Text E to")
    assert [words in page for words in said] == [True] * 4
    for term in ("CKRT418", driver.number, "519-555-0142", driver.user.last_name):
        assert staff_client.get(LIST, {"q": term}).context["cl"].result_count == 1, term
    assert staff_client.get(LIST, {"q": "NOBODY"}).context["cl"].result_count == 0


def test_active_sessions_and_usage(
    driver: Driver, staff_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    driver.text("E", "30", "C")
    driver.work()
    first, longer = Permit.objects.order_by("pk")
    (session,) = texted_sessions(at=driver.now)
    assert (session.permit, session.number, session.until) == (first, driver.number, longer.ends_at)
    page = staff_client.get(f"{LIST}sessions/").content.decode()
    assert longer.ends_at is not None
    said = ("1 vehicle parks by text now", "CKRT418", driver.number, moment(longer.ends_at))
    assert [words in page for words in said] == [True] * 4
    with django_assert_num_queries(2):
        (usage,) = usage_by_month()
    assert (usage.lot, usage.sessions, usage.extensions, usage.minutes, usage.money) == (
        "Yellow Lot",
        1,
        1,
        90,
        Decimal("3.00"),
    )
    assert "$3.00" in staff_client.get(f"{LIST}usage/").content.decode()
    month = f"{timezone.localdate():%Y-%m}"
    file = b"".join(staff_client.get(f"{LIST}usage/", {"file": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert file.splitlines()[1:] == [f"{month},Yellow Lot,1,1,90,3.00"]
    assert usage_by_month(at=timezone.now() + timedelta(days=500)) == []
    Permit.objects.update(state="cancelled")
    Permit.objects.update(ends_at=timezone.now() + timedelta(seconds=1), starts_at=timezone.now() - timedelta(hours=2))
    assert "Nobody parks by text now." in staff_client.get(f"{LIST}sessions/").content.decode()


def test_only_roles_that_look_after_it_see_it(driver: Driver) -> None:
    seen = {}
    for role in ("Front desk", "Finance", "Manager", "Auditor", "Enforcement"):
        user = make_user(is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = sign_in(Client(), user)
        seen[role] = [client.get(f"{LIST}{page}").status_code for page in ("", "sessions/", "usage/")]
    assert seen == {
        "Front desk": [200] * 3,
        "Finance": [200] * 3,
        "Manager": [200] * 3,
        "Auditor": [200] * 3,
        "Enforcement": [403] * 3,
    }
