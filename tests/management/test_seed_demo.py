"""The demo office: what is in it, and that its books balance."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.test.utils import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import AccountEvent, ActAsSession, Company, EmailChange, Mail, ProfilePolicy, User, UserType
from lockers.models import Locker, LockerTerm
from opscom.lib.dates import Period
from opscom.management.demo.catalogue import office_facts, people_facts
from opscom.management.demo.people import PASSWORD
from opscom.models import SystemSettings
from opscom.office.setup.taking import compare_office
from opscom.office.setup.writing import write_office
from payments.models import (
    Adjustment,
    CashDrawer,
    Charge,
    Checkout,
    LedgerEntry,
    Payment,
    PaymentPlan,
    ProviderEvent,
    Receipt,
    ReceiptSeries,
    Refund,
    SandboxSession,
    StoredCard,
)
from payments.services.companies import owed_by_people_of
from permits.capacity import occupancies
from permits.models import (
    Household,
    Lot,
    Permit,
    PermitNumber,
    SalesWindow,
    TextConversation,
    WaitlistEntry,
    WaitlistOffer,
)
from permits.services.parkme.dialogue import answer_text
from vehicles.models import Vehicle, VehicleOwner
from vehicles.plates import normalise_plate
from violations.models import (
    Boot,
    BootAssignment,
    CollectionsCase,
    LetterBatch,
    LookupItem,
    Offence,
    OffenceCategory,
    Violation,
    ViolationEvent,
    ViolationPhoto,
)
from violations.services.collecting.sending import ready_tickets
from violations.services.issue import issue_violation
from violations.services.letters import envelopes_of

pytestmark = pytest.mark.django_db
SCALE = "0.1"


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def row_counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models() if model._meta.managed}


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A small demo office, written once for this module; answers what the command printed."""
    with (
        django_db_blocker.unblock(),
        override_settings(
            MEDIA_ROOT=tmp_path_factory.mktemp("media"), REDIS_URL=""
        ),  # tests read the settings before the commit
        transaction.atomic(),
    ):
        yield seed("--scale", SCALE)
        transaction.set_rollback(True)


def test_seed_demo_office_is_written_into_a_file_that_changes_nothing(demo: str) -> None:
    compared = compare_office(write_office())
    assert (compared.changes, compared.kept) == ([], [])


def test_company_has_managers_debts_and_a_member_whose_account_was_entered(demo: str) -> None:
    company = Company.objects.get()
    members = company.memberships.select_related("user")
    assert Counter(member.role for member in members) == {"manager": 2, "member": len(members) - 2}
    assert members.get(billing_contact=True).role == "manager"
    assert [member.consents for member in members].count(False) == 1
    assert "company@example.test" in demo
    assert owed_by_people_of(company).count() >= 2
    session = ActAsSession.objects.get()
    assert (session.actor.email, session.person.email, session.ended) == (
        "company@example.test",
        "employee@example.test",
        "back",
    )


def test_seed_demo_writes_the_configured_office(demo: str) -> None:
    disclaimers = ("vehicle_disclaimer_fr", "permit_disclaimer_es")
    assert SystemSettings.objects.values_list(*disclaimers).get() == tuple(
        office_facts()["settings"][name] for name in disclaimers
    )
    assert set(UserType.objects.values_list("code", "name_fr")) == {
        ("student", "Étudiant"),
        ("staff", "Membre du personnel"),
        ("tenant", "Locataire"),
        ("public", "Public"),
    }
    rules = set(ProfilePolicy.objects.values_list("field", "user_type__code", "rule", "at_registration"))
    assert {
        ("first_name", None, "required", True),
        ("phone", None, "required", False),
        ("organisation_number", "public", "hidden", False),
    } <= rules
    assert (
        Lot.objects.count(),
        Lot.objects.exclude(name_fr="").exclude(name_es="").exclude(description_fr="").count(),
    ) == (15, 15)
    assert list(Lot.objects.filter(visibility="hidden").values_list("code", flat=True)) == ["commercial"]
    assert (
        Offence.objects.count(),
        OffenceCategory.objects.count(),
        Offence.objects.filter(Q(description_fr="") | Q(description_es="")).count(),
    ) == (18, 4, 0)
    assert Offence.objects.filter(reduced_amount=None).count() == 7
    assert (Locker.objects.count(), Locker.objects.values("site").distinct().count(), LockerTerm.objects.exists()) == (
        60,
        4,
        True,
    )


def test_seed_demo_has_windows_open_upcoming_and_closed(demo: str) -> None:
    now = timezone.now()
    on_sale = SalesWindow.objects.filter(active=True, permit_type__active=True, sale_starts__lte=now, sale_ends__gt=now)
    assert {code for code in on_sale.filter(permit_type__lot__code="yellow").values_list("period", flat=True)} == {
        "month"
    }
    assert on_sale.filter(permit_type__lot__code="yellow").count() == 2
    assert set(on_sale.filter(permit_type__lot__code="area-a").values_list("period", flat=True)) == {"semester", "year"}
    assert SalesWindow.objects.get(permit_type__lot__code="lot-4").sale_starts > now
    assert SalesWindow.objects.get(permit_type__lot__code="qv").sale_ends < now
    assert on_sale.get(permit_type__lot__code="black", period="year").prices.count() == 2


def test_seed_demo_sells_no_more_than_there_is_but_in_one_lot(demo: str) -> None:
    wanted = {
        (window.permit_type.lot, Period(window.valid_from, window.valid_before))
        for window in SalesWindow.objects.select_related("permit_type__lot")
    }
    found, codes = occupancies(wanted, timezone.now()), dict(Lot.objects.values_list("pk", "code"))
    over = {codes[lot.pk] for (lot, _period), use in found.items() if use.taken > use.spaces}
    full = {codes[lot.pk] for (lot, _period), use in found.items() if use.taken == use.spaces}
    assert (over, "gordon" in full) == ({"p13"}, True)


def test_numbers_from_stock_and_a_household(demo: str) -> None:
    numbers, household = PermitNumber.objects.filter(permit_type__lot__code="p59"), Household.objects.get()
    sold = Permit.objects.filter(lot__code="p59")
    assert Counter(numbers.values_list("condition", flat=True)) == {"good": 39, "lost": 1}
    assert (sold.filter(stock=None).count(), sold.count() > 0) == (0, True)
    assert set(household.members.values_list("user__email", flat=True)) == {
        "resident.es@example.test",
        "employee@example.test",
    }
    assert Permit.objects.get(holder__email="resident.es@example.test", state="active").step == 1


def test_seed_demo_books_balance_for_every_payment(demo: str) -> None:
    assert not LedgerEntry.objects.order_by().values("payment").annotate(total=Sum("amount")).exclude(total=0).exists()
    confirmed = Payment.objects.filter(state="confirmed")
    received = LedgerEntry.objects.filter(account__in=["card", "office"], payment__isnull=False).aggregate(
        total=Sum("amount")
    )["total"]
    assert received == confirmed.aggregate(total=Sum("received"))["total"]
    assert confirmed.filter(Q(receipt=None) | Q(fulfilled_at=None) | Q(settled_at=None)).count() == 0
    assert Receipt.objects.count() == confirmed.count()
    assert LedgerEntry.objects.exclude(payment=None).exclude(payment__state="confirmed").count() == 0


def test_seed_demo_owes_what_is_not_applied(demo: str) -> None:
    charges = list(Charge.objects.with_standing())
    odd = [charge for charge in charges if (charge.owed == 0) != (charge.state == "settled")]
    part = [charge for charge in charges if 0 < charge.applied < charge.amount]
    assert [charge.code for charge in odd] == []
    assert [(charge.payer.email, int(charge.applied)) for charge in part if charge.payer] == [
        ("employee@example.test", 20)
    ]
    pairs = {"open": "open", "paid": "settled", "void": "void"}
    assert {
        (v.state, v.charge.state)
        for v in Violation.objects.exclude(state="warning").select_related("charge")
        if v.charge
    } == set(pairs.items())
    permit_pairs = set(Permit.objects.order_by().values_list("state", "charge__state"))
    assert permit_pairs == {("active", "settled"), ("held", "open"), ("released", "void")}


def test_seed_demo_numbers_receipts_and_tickets_without_gaps(demo: str) -> None:
    for series in ReceiptSeries.objects.all():
        receipts = (
            Receipt.objects.filter(number__startswith=f"R-{series.year}-")
            .order_by("issued_at", "pk")
            .values_list("number", flat=True)
        )
        assert list(receipts) == [f"R-{series.year}-{n:05d}" for n in range(1, series.last + 1)]
    numbers = Violation.objects.order_by("issued_at", "pk").values_list("number", flat=True)
    assert list(numbers) == [f"TT-{10001 + n}" for n in range(200)]


def test_seed_demo_shows_every_state(demo: str) -> None:
    now, day = timezone.now(), timezone.localdate()
    assert set(Violation.objects.values_list("state", flat=True)) == {"open", "paid", "void", "warning"}
    assert Violation.objects.unpaid().filter(charge__due_on__lt=day).exists()
    assert Violation.objects.unpaid().filter(charge__reduced_through__gte=day).exists()
    assert {"confirmed", "promised", "failed", "cancelled", "expired"} <= set(
        Payment.objects.values_list("state", flat=True)
    )
    assert set(Payment.objects.exclude(attention="").values_list("attention", "state")) == {
        ("mismatch", "redirected"),
        ("surplus", "confirmed"),
    }
    assert set(Payment.objects.filter(state="confirmed").values_list("method__code", flat=True)) == {"card", "cash"}
    assert Payment.objects.filter(state="promised", promise_due_on__lt=day, promise_until__gt=now).count() == 1
    assert (
        Payment.objects.filter(method__code="card", stored_card=None)
        .exclude(provider_ref__in=SandboxSession.objects.values("reference"))
        .count()
        == 0
    )
    assert Permit.objects.filter(state="active", valid_before__lte=day).exists()
    assert list(ProviderEvent.objects.values_list("outcome", flat=True)) == ["quarantined"]
    assert Checkout.objects.filter(state="open", expires_at__lte=now).exclude(payments__state="redirected").count() == 0


def test_seed_demo_bulk_rows_equal_those_of_the_service(demo: str) -> None:
    old = (
        Violation.objects.filter(state="open", vehicle__isnull=False, charge__blocked="", stopped=[])
        .order_by("issued_at")
        .select_related("offence", "lot", "charge")[0]
    )
    copied = (
        "pin",
        "offence",
        "amount",
        "issued_at",
        "lot",
        "location",
        "plate",
        "plate_region",
        "plate_type",
        "make",
        "colour",
        "officer",
        "notes",
    )
    new = issue_violation(Violation(number="TT-99999", **{name: getattr(old, name) for name in copied}))
    assert old.charge and new.charge
    compared = (
        "kind",
        "payer_id",
        "amount",
        "detail",
        "state",
        "reduced_amount",
        "reduced_through",
        "due_on",
        "held_until",
        "blocked",
        "created_at",
    )
    assert [getattr(old.charge, name) for name in compared] == [getattr(new.charge, name) for name in compared]
    assert (old.vehicle_id, old.charge.link, old.charge.description) == (
        new.vehicle_id,
        f"/tickets/{old.number}/",
        new.charge.description.replace(new.number, old.number),
    )


def test_seed_demo_past_has_no_stamps_of_today(demo: str) -> None:
    assert ViolationEvent.objects.filter(from_state="").exclude(at=F("violation__issued_at")).count() == 0
    assert Violation.objects.exclude(entered_at=F("issued_at")).count() == 0
    assert Payment.objects.filter(fulfilled_at__gt=F("settled_at")).count() == 0
    assert Counter(Mail.objects.values_list("state", flat=True)) == {"sent": 36, "queued": 4}
    assert Mail.objects.filter(state="sent", sent_at__gt=timezone.now()).count() == 0


def test_seed_demo_people_are_plausible(demo: str) -> None:
    known = {facts["email"] for facts in people_facts()["logins"]}
    assert {user.email for user in User.objects.all() if user.has_usable_password()} == known
    assert all(user.check_password(PASSWORD) for user in User.objects.filter(email__in=known))
    assert {email.partition("@")[2] for email in User.objects.values_list("email", flat=True)} == {
        "example.test",
        "example.edu",
    }
    assert set(User.objects.filter(is_staff=False).values_list("language", flat=True)) == {"en", "fr", "es"}
    assert User.objects.annotate(n=Count("emailaddress")).exclude(n=1).count() == 0
    assert not EmailAddress.objects.filter(verified=False, user__profile_complete=True).exists()
    roles = list(
        User.objects.filter(is_staff=True, is_superuser=False)
        .order_by("groups__name")
        .values_list("groups__name", flat=True)
    )
    assert roles == ["Appeals", "Auditor", "Cashier", "Enforcement", "Finance", "Front desk", "Manager"]


def test_seed_demo_vehicles_are_shared_and_normalised(demo: str) -> None:
    assert [plate for plate in Vehicle.objects.values_list("plate", flat=True) if plate != normalise_plate(plate)] == []
    assert Vehicle.objects.annotate(n=Count("owner_links")).filter(n__gt=1).exists()
    assert VehicleOwner.objects.filter(active=False).exists()


def test_seed_demo_resident_has_a_story(demo: str) -> None:
    user = User.objects.get(email="resident@example.test")
    assert user.vehicle_links.count() == 2
    assert Counter(
        user.permits.exclude(state="active", valid_before__lte=timezone.localdate()).values_list("state", flat=True)
    ) == {"active": 1, "held": 1}
    ticket = Violation.objects.for_user(user).unpaid().get()
    assert ticket.charge is not None
    assert (ticket.charge.reduced_amount, ticket.photos.count()) == (Decimal("30.00"), 2)
    assert not User.objects.get(email="newcomer@example.test").profile_complete


def test_seed_demo_photos_are_small_jpegs(demo: str) -> None:
    photos = list(ViolationPhoto.objects.all())
    contents = [Path(photo.image.path).read_bytes() for photo in photos]
    assert {(photo.width, photo.height) for photo in photos} == {(480, 320)}
    assert {(len(content) < 40_000, content[:2]) for content in contents} == {(True, b"\xff\xd8")}
    assert {photo.image.name for photo in photos} == {
        f"violations/{photo.code[:2]}/{photo.code}.jpg" for photo in photos
    }


def test_seed_demo_prints_logins_and_two_tickets(demo: str) -> None:
    assert all(f"{facts['email']} " in demo for facts in people_facts()["logins"])
    assert (demo.count(PASSWORD), "/mailbox/" in demo) == (len(people_facts()["logins"]) + 1, True)
    day = timezone.localdate()
    printed = {v.number: v for v in Violation.objects.unpaid().select_related("charge") if f"{v.full_number} " in demo}
    assert sorted(bool(v.charge and v.charge.due_on and v.charge.due_on < day) for v in printed.values()) == [
        False,
        True,
    ]
    assert seed("--print-logins") == demo


def test_seed_demo_second_run_changes_nothing(demo: str) -> None:
    before = row_counts()
    assert seed() == demo
    assert seed("--if-empty") == ""
    assert row_counts() == before


def test_some_people_come_by_single_sign_on(demo: str) -> None:
    people = User.objects.filter(login_source="sso")
    assert people.count() >= 3
    assert SocialAccount.objects.count() == people.count()
    assert {user.has_usable_password() for user in people} == {False}
    assert people.filter(account_events__verb="sso_login").distinct().count() == people.count()


def test_accounts_are_guarded_and_an_address_is_on_its_way(demo: str) -> None:
    change = EmailChange.objects.get()
    assert (change.user.email, change.ended, change.new_confirmed_at) == ("employee@example.test", "", None)
    assert User.objects.filter(second_factor=True, is_staff=False).count() == 1
    assert AccountEvent.objects.filter(verb="password_changed").count() == 2


def test_people_who_are_gone_have_a_history_that_says_why(demo: str) -> None:
    gone = User.objects.filter(is_active=False)
    assert gone.filter(closed_at=None).exclude(account_events__verb="archived").count() == 0
    [closed] = gone.filter(closed_at__isnull=False)
    assert closed.account_events.get().verb == "closed"


def test_a_permit_renews_itself_and_another_is_in_its_grace(demo: str) -> None:
    rolling = Permit.objects.filter(rollover=True)
    assert sorted(rolling.values_list("terms__problem", flat=True), key=str) == [None, "hard"]
    assert StoredCard.objects.filter(primary=True, state="stored", user__in=rolling.values("holder")).count() == 2


def test_some_park_by_text_and_the_resident_can_try_it(demo: str) -> None:
    talks = TextConversation.objects.order_by("pk").values_list("user__email", "state", "price")
    assert list(talks) == [
        ("employee@example.test", "parked", Decimal("1.50")),
        ("employee@example.test", "parked", Decimal("0.75")),
        ("resident.fr@example.test", "parked", Decimal("2.25")),
        ("resident.es@example.test", "quote", Decimal("1.13")),
    ]
    resident = User.objects.get(email="resident@example.test")
    assert answer_text(str(resident.phone), "ParkMe", at=timezone.now()).startswith("Text2ParkMe: text P")


def test_the_desk_has_drawers_a_tax_a_credit_and_a_refund_that_waits(demo: str) -> None:
    closed, running = CashDrawer.objects.order_by("opened_at")
    assert closed.counted and closed.expected
    assert (closed.counted - closed.expected, running.closed_at) == (Decimal("-0.25"), None)
    assert Charge.objects.filter(kind="permit", taxed=True).exists()
    assert Adjustment.objects.filter(user__email="resident.fr@example.test").spendable().get().amount == -15
    assert Refund.objects.get().state == Refund.State.REQUESTED


def test_a_full_lot_has_a_queue_and_an_offer(demo: str) -> None:
    assert Counter(WaitlistEntry.objects.values_list("state", flat=True)) == {"offered": 1, "waiting": 7}
    offer = WaitlistOffer.objects.live().select_related("entry__user", "window").get()
    assert (offer.entry.user.email, offer.expires_at <= offer.window.sale_ends) == ("employee@example.test", True)
    assert occupancies([(offer.permit_type, offer.period)], timezone.now())[offer.permit_type, offer.period].free == 0


def test_boots_stand_on_a_vehicle_in_the_drivers_hands_and_in_the_office(demo: str) -> None:
    states = Counter(Boot.objects.values_list("state", flat=True))
    assert states == {"stock": 4, "vehicle": 1, "out": 2, "damaged": 1}
    assert set(BootAssignment.objects.values_list("state", flat=True)) == {"fitted", "released", "overdue"}


def test_somebody_pays_in_instalments(demo: str) -> None:
    plan = PaymentPlan.objects.with_left().get()
    assert (plan.state, plan.instalments.count(), plan.left) == ("standing", 4, plan.total)


def test_letters_are_in_the_post_and_tickets_at_the_agency(demo: str) -> None:
    posted, locked = LetterBatch.objects.order_by("pk")
    assert [(batch.step, batch.drawn, batch.is_open) for batch in (posted, locked)] == [
        ("overdue", 4, False),
        ("last", 0, True),
    ]
    assert [len(items) for items in envelopes_of(posted)] == [3, 1]
    assert LookupItem.objects.filter(outcome="error", acknowledged_at=None).count() == 1
    assert Counter(CollectionsCase.objects.values_list("state", flat=True)) == {"out": 2, "recalled": 1}
    assert ready_tickets(at=timezone.now()).count() == 1
