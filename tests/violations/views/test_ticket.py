"""The ticket page: who sees it, what it says, what it costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.office import office
from opscom.roles import make_roles
from payments.models import CheckoutLine
from payments.services.charges import void_charge
from tests.accounts.acting import Staffed
from tests.conftest import sign_in
from tests.factories import change_office, make_offence, make_user, make_vehicle, make_violation
from tests.payments.views.page import soup
from tests.violations.conftest import add_photo
from violations.models import Offence, Violation
from violations.services.issue import spoil_violation

QUERIES = 5 + (not settings.REDIS_URL)  # without Redis the office's settings are a row

URL = "/tickets/TT-10133/"


def test_ticket_shows_a_guest_what_the_officer_recorded(guest_client: Client, ticket: Violation) -> None:
    page = guest_client.get(URL).content.decode()
    assert "<h1>No Valid Permit Displayed</h1>" in page
    assert "Violation Ticket Login" in page
    assert "TT-10133-3K" in page
    assert "BVLP 902 <small>ON</small>" in page
    assert "Lot P30" in page
    assert page.count("Guest Payment</button>") == 2
    assert "Go to Payments" not in page


def test_ticket_shows_the_rule_in_the_drivers_language_and_where_it_was_written(
    guest_client: Client, ticket: Violation
) -> None:
    facts = soup(guest_client.get(URL)).select_one("#facts + dl")
    assert facts and ("Rule" in facts.get_text(), facts.select("a")) == (False, [])
    rules = {"rule_en": "Section 4: a permit shows <through> the glass.", "rule_fr": "Article 4 : le permis se voit."}
    Offence.objects.filter(pk=ticket.offence_id).update(**rules)
    Violation.objects.filter(pk=ticket.pk).update(latitude="44.35851", longitude="-78.28912")
    page = soup(guest_client.get(URL))
    assert rules["rule_en"] in page.select_one("#facts + dl").get_text()  # type: ignore[union-attr]
    [link] = page.select("#facts + dl a")
    assert str(link["href"]).endswith("?mlat=44.35851&mlon=-78.28912#map=18/44.35851/-78.28912")
    with override("fr"):
        assert Violation.objects.get().offence.rule == rules["rule_fr"]
        assert Violation.objects.get().map_address == link["href"]


def test_ticket_names_the_price_of_waiting(guest_client: Client, ticket: Violation) -> None:
    standing = guest_client.get(URL).context["standing"]
    assert (standing.pill, standing.price) == ("owed", 30)
    assert [(step.amount, step.now) for step in standing.steps] == [(30, True), (50, False)]
    assert standing.steps[0].remark == "7 days left"


def test_ticket_is_full_price_after_the_last_early_day_and_overdue_after_the_due_day(client: Client, db: None) -> None:
    noon = timezone.localtime().replace(hour=12)  # an hour more or less in autumn is the same day
    for days, pill in ((8, "owed"), (31, "overdue")):
        violation = make_violation(issued_at=noon - timedelta(days=days))
        client.post("/pay-ticket/", {"ticket": violation.full_number})
        standing = client.get(f"/tickets/{violation.number}/").context["standing"]
        assert (standing.pill, standing.price, [step.amount for step in standing.steps]) == (pill, 50, [50])


def test_ticket_sends_a_visitor_to_the_door_whether_it_exists_or_not(client: Client, ticket: Violation) -> None:
    answers = [client.get(url) for url in (URL, "/tickets/TT-99999/")]
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(302, "/pay-ticket/")] * 2


def test_ticket_asks_for_a_login_where_guests_are_off(guest_client: Client, ticket: Violation) -> None:
    change_office(guest_payment=False)
    answer = guest_client.get(URL)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/tickets/TT-10133/")


def test_ticket_of_another_person_is_not_there(resident_client: Client, ticket: Violation) -> None:
    assert resident_client.get(URL).status_code == 404
    assert resident_client.get("/tickets/TT-99999/").status_code == 404


def test_ticket_is_shown_to_its_payer_with_the_pin_and_to_staff_without(
    resident: User, resident_client: Client, staff_client: Client
) -> None:
    violation = make_violation(make_vehicle(resident), number="TT-10133", pin="3K")
    page = resident_client.get(URL).content.decode()
    assert violation.full_number in page
    assert violation.full_number not in staff_client.get(URL).content.decode()
    assert "Go to Payments" in page
    assert page.count("Guest Payment</button>") == 2


def test_who_acts_for_the_payer_reads_no_pin(db: None) -> None:
    staffed = Staffed()
    violation = make_violation(make_vehicle(staffed.person), number="TT-10133", pin="3K")
    page = staffed.enter().get(URL).content.decode()
    assert ("TT-10133" in page, violation.full_number in page) == (True, False)


def test_ticket_is_shown_to_staff_with_the_right_only_and_not_to_pay(ticket: Violation) -> None:
    make_roles()
    for group, status in (("Enforcement", 200), (None, 404)):
        user = make_user(is_staff=True)
        if group:
            user.groups.add(Group.objects.get(name=group))
        answer = sign_in(Client(), user).get(URL)
        assert answer.status_code == status
        if status == 200:
            assert "Guest Payment" not in answer.content.decode()
            assert "TT-10133-3K" not in answer.content.decode()


def test_ticket_that_is_void_owes_nothing(guest_client: Client, ticket: Violation, staff: User) -> None:
    spoil_violation(ticket, by=staff, reason="Wrong plate")
    page = guest_client.get(URL).content.decode()
    assert "Nothing is owed" in page
    assert "The office has withdrawn this ticket." in page
    assert "Guest Payment" not in page


def test_ticket_that_is_a_warning_owes_nothing(client: Client, db: None) -> None:
    violation = make_violation(warning=True)
    client.post("/pay-ticket/", {"ticket": violation.full_number})
    page = client.get(f"/tickets/{violation.number}/").content.decode()
    assert "Warning</span>" in page
    assert "Nothing is owed" in page


def test_ticket_escapes_what_was_written(client: Client, db: None) -> None:
    violation = make_violation(notes="<b onclick=x>hi</b>\n🚗 \u202eleft", location="<i>P30</i>", make="<u>")
    client.post("/pay-ticket/", {"ticket": violation.full_number})
    page = client.get(f"/tickets/{violation.number}/").content.decode()
    assert "&lt;b onclick=x&gt;hi&lt;/b&gt;<br>" in page
    assert "<i>P30" not in page
    assert "<u>" not in page


def test_ticket_without_a_known_time_shows_the_day_only(client: Client, db: None) -> None:
    violation = make_violation(time_known=False)
    client.post("/pay-ticket/", {"ticket": violation.full_number})
    assert "time not recorded" in client.get(f"/tickets/{violation.number}/").content.decode()


@pytest.mark.parametrize("photos", [1, 3])
def test_ticket_asks_the_database_six_times_for_a_guest(
    guest_client: Client, ticket: Violation, photos: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office()  # fills the shared cache where there is one
    for n in range(photos):
        add_photo(ticket, f"Photo {n}")
    guest_client.get(URL)
    with django_assert_num_queries(QUERIES):
        page = guest_client.get(URL).content.decode()
    assert page.count("<figcaption>") == photos


def test_ticket_whose_charge_is_void_owes_nothing(guest_client: Client, ticket: Violation) -> None:
    assert ticket.charge
    void_charge(ticket.charge)
    assert guest_client.get(URL).context["standing"].price is None


def test_ticket_refuses_post(guest_client: Client) -> None:
    assert guest_client.post(URL).status_code == 405


def test_ticket_says_what_it_will_cost_on_which_day_and_why(client: Client, db: None) -> None:
    offence = make_offence(admin_fee=Decimal("5.00"))
    offence.steps.create(after_days=14, act="add", amount=Decimal("25.00"))
    offence.steps.create(after_days=30, act="double")
    violation = make_violation(offence=offence)
    client.post("/pay-ticket/", {"ticket": violation.full_number})
    page = client.get(f"/tickets/{violation.number}/")
    standing = page.context["standing"]
    assert [(step.amount, step.now) for step in standing.steps] == [(35, True), (55, False), (80, False), (155, False)]
    assert [step.remark for step in standing.steps[2:]] == [
        "A late fee is added after 14 days.",
        "The fine doubles after 30 days.",
    ]
    words = "$50.00 fine + $5.00 administration fee − $20.00 less for paying early = $35.00"
    assert standing.words == words
    assert words in page.content.decode()


def test_guest_pays_fine_and_late_fee_in_one_checkout(client: Client, db: None) -> None:
    offence = make_offence()
    offence.steps.create(after_days=14, act="add", amount=Decimal("25.00"))
    violation = make_violation(offence=offence, issued_at=timezone.now() - timedelta(days=20))
    client.post("/pay-ticket/", {"ticket": violation.full_number})
    address = f"/tickets/{violation.number}/"
    client.post(f"{address}pay/")
    assert [(line.charge.description, line.amount) for line in CheckoutLine.objects.select_related("charge")] == [
        (f"Ticket {violation.number}", Decimal("50.00")),
        (f"Ticket {violation.number}, late fee", Decimal("25.00")),
    ]
    standing = client.get(address).context["standing"]
    assert (standing.price, standing.words) == (75, "$50.00 fine + $25.00 late fee after 14 days = $75.00")
