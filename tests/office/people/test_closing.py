"""Closing, archiving, opening again, and erasing after the retention period."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from auditlog.models import LogEntry as AuditEntry
from django.core.files.base import ContentFile
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_email.models import EmailDevice
from pytest_django import Settings

from accounts.models import AccountEvent, Address, DataExport, Mail, User
from accounts.services.history import note_event
from opscom.lib.retention import apply_retention
from opscom.office.people.closing import (
    NotClosed,
    archive_user,
    close_account,
    erase_user,
    obstacles,
    open_again,
)
from opscom.office.people.retention import RETENTIONS
from payments.models import Charge, LedgerEntry, Payment, ProviderEvent, Receipt
from payments.services.attempts import resolve_payment
from payments.services.promises import promise_payment
from permits.models import Permit, VisitorPlate
from tests.conftest import sign_in
from tests.factories import (
    change_office,
    make_charge,
    make_checkout,
    make_payment,
    make_permit,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.payments.conftest import begin, pay_at_provider
from tests.views.test_history import give_locker
from vehicles.models import Vehicle, VehicleOwner

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)
CLOSED = next(row for row in RETENTIONS if row.key == "closed_accounts")


def verbs(user: User) -> list[str]:
    """What the history says, oldest first."""
    return list(AccountEvent.objects.filter(user=user).order_by("pk").values_list("verb", flat=True))


def paid_permit(user: User, **window: Any) -> Permit:
    """A permit that is paid by card."""
    permit = make_permit(user, make_window(**window))
    attempt = begin(make_checkout([permit.charge], user), email=user.email)
    pay_at_provider(attempt)
    resolve_payment(attempt)
    return permit


def closed_long_ago(user: User) -> User:
    """Closed, and the retention period is over."""
    return close_account(user, by=user, at=timezone.now() - YEAR - timedelta(days=1))


# Closing --------------------------------------------------------------------------------------------------------------


def test_closing_ends_every_session_and_tells(resident: User) -> None:
    clients = [sign_in(Client(), resident), sign_in(Client(), resident)]
    closed = close_account(resident, by=resident)
    assert (closed.is_active, closed.closed_at is not None, verbs(resident)) == (False, True, ["closed"])
    assert [client.get("/home/").status_code for client in clients] == [302, 302]
    mail = Mail.objects.get(user=resident)
    assert (mail.kind, mail.to) == ("account_closed", resident.email)


def test_closing_twice_is_closing_once(resident: User) -> None:
    first = close_account(resident, by=resident)
    again = close_account(resident, by=resident)
    assert (again.closed_at, verbs(resident), Mail.objects.count()) == (first.closed_at, ["closed"], 1)


def owe(user: User) -> None:
    make_charge(user, amount="20.00")
    make_charge(user, amount="12.50")


def be_paying(user: User) -> None:
    charge = make_charge(user)
    make_payment(make_checkout([charge], user))
    Charge.objects.filter(pk=charge.pk).update(state="void")


def promise(user: User) -> None:
    charge = make_charge(user)
    promise_payment(make_checkout([charge], user), email=user.email)
    Charge.objects.filter(pk=charge.pk).update(state="void")


def have_surplus(user: User) -> None:
    payment = make_payment(make_checkout([make_charge(user)], user), state="confirmed", attention="surplus")
    Charge.objects.filter(lines__checkout=payment.checkout).update(state="settled")


def be_staff(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.refresh_from_db()


@pytest.mark.parametrize(
    ("matter", "text", "link"),
    [
        (owe, "You still owe $32.50 for 2 items.", "/payments/"),
        (be_paying, "A card payment is under way.", "/history/?kind=payment"),
        (promise, "You promised to bring cash or a cheque.", "/history/?kind=payment"),
        (have_surplus, "The office is looking at one of your payments, and may owe you money.", ""),
        (be_staff, "You work in the parking office.", ""),
    ],
)
def test_open_matter_keeps_the_account_open(
    resident: User, matter: Callable[[User], None], text: str, link: str
) -> None:
    matter(resident)
    [obstacle] = obstacles(resident)
    assert (obstacle.text[: len(text)], obstacle.link) == (text, link)
    with pytest.raises(NotClosed) as refusal:
        close_account(resident, by=resident)
    resident.refresh_from_db()
    assert (str(refusal.value), resident.is_active, resident.closed_at, verbs(resident)) == (
        obstacle.text,
        True,
        None,
        [],
    )


def test_office_archives_with_a_reason_and_opens_again(resident: User, staff: User) -> None:
    client = sign_in(Client(), resident)
    archived = archive_user(resident, by=staff, reason="Two accounts")
    assert (archived.is_active, archived.closed_at, client.get("/home/").status_code) == (False, None, 302)
    opened = open_again(archived, by=staff, reason="Asked at the counter")
    assert (opened.is_active, client.get("/home/").status_code) == (True, 302)  # its old sessions do not come back
    assert list(AccountEvent.objects.order_by("pk").values_list("verb", "detail", "by")) == [
        ("archived", "Two accounts", staff.pk),
        ("opened_again", "Asked at the counter", staff.pk),
    ]


def test_closed_account_is_opened_again(resident: User, staff: User) -> None:
    opened = open_again(closed_long_ago(resident), by=staff)
    assert (opened.is_active, opened.closed_at, due()) == (True, None, [])
    assert sign_in(Client(), opened).get("/home/").status_code == 200


def test_archiving_and_opening_twice_says_it_once(resident: User, staff: User) -> None:
    for _ in range(2):
        archive_user(resident, by=staff, reason="Gone")
    for _ in range(2):
        open_again(resident, by=staff)
    assert verbs(resident) == ["archived", "opened_again"]


def test_staff_and_oneself_are_not_archived(staff: User) -> None:
    for user in (staff, make_user(is_staff=True)):
        with pytest.raises(NotClosed):
            archive_user(user, by=staff, reason="x")


def due(at: datetime | None = None) -> list[int]:
    """Whose details go at that moment."""
    return list(CLOSED.due_at(at or timezone.now()).values_list("pk", flat=True))


# Erasing --------------------------------------------------------------------------------------------------------------


def test_erasing_is_due_after_the_retention_and_the_last_permit_and_locker(resident: User) -> None:
    at = timezone.now()
    close_account(resident, by=resident, at=at)
    change_office(retention_days=30)
    day = timedelta(days=1)
    assert [due(at + n * day) for n in (29, 30)] == [[], [resident.pk]]
    give_locker(resident, length=45)
    assert [due(at + n * day) for n in (44, 45)] == [[], [resident.pk]]


def test_valid_permit_puts_erasing_off(resident: User) -> None:
    permit = paid_permit(resident)
    closed_long_ago(resident)
    assert due() == []
    Permit.objects.filter(pk=permit.pk).update(valid_from=permit.valid_from - YEAR, valid_before=permit.valid_from)
    assert due() == [resident.pk]


def test_archived_account_is_never_erased(resident: User, staff: User) -> None:
    archive_user(resident, by=staff, reason="Gone", at=timezone.now() - 9 * YEAR)
    assert (due(), erase_user(resident.pk)) == ([], False)


def books() -> list[Any]:
    """What must be the same before and after."""
    return [
        LedgerEntry.objects.aggregate(sum=Sum("amount"))["sum"],
        list(LedgerEntry.objects.order_by("pk").values_list("account", "amount")),
        list(Receipt.objects.order_by("pk").values_list("number", "code")),
        list(Charge.objects.order_by("pk").values_list("amount", "state", "payer")),
        list(Payment.objects.order_by("pk").values_list("state", "received")),
    ]


def test_erasing_takes_every_detail_and_leaves_the_books(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    user = make_user(
        email="maya.okafor@example.test",
        first_name="Maya",
        last_name="Okafor",
        phone="+15195550142",
        organisation_number="104-77",
    )
    alone, shared = make_vehicle(user, plate="ALONE1"), make_vehicle(plate="SHARED1")
    VehicleOwner.objects.create(user=user, vehicle=shared)
    VehicleOwner.objects.create(user=make_user(), vehicle=shared)
    permit = paid_permit(user)
    Permit.objects.update(valid_from=permit.valid_from - 2 * YEAR, valid_before=permit.valid_from - YEAR)
    unused = Vehicle.objects.create(plate="UNUSED1")
    VehicleOwner.objects.create(user=user, vehicle=unused)
    Address.objects.create(user=user, line1="17 Trent Lane", city="Guelph", region="CA-ON", postal_code="N1G 2W1")
    EmailDevice.objects.create(user=user, name="e-mail")
    note_event(user, AccountEvent.Verb.ADDRESS_SAVED, detail="17 Trent Lane")
    write_and_remove_by_the_office(user)
    payment = Payment.objects.get(checkout__user=user)
    ProviderEvent.objects.create(
        provider="sandbox", event_id="e1", kind="x", body='{"email": "maya.okafor@example.test"}', payment=payment
    )
    export = DataExport.objects.create(user=user, state="ready", expires_at=timezone.now())
    export.file.save("x", ContentFile(b"PK"))
    closed_long_ago(user)
    before = books()

    assert erase_user(user.pk) is True

    user.refresh_from_db()
    assert (
        user.email,
        user.get_full_name(),
        str(user.phone),
        user.organisation_number,
        user.has_usable_password(),
    ) == (
        f"erased-{user.pk}@erased.invalid",
        f"erased-{user.pk}@erased.invalid",
        "",
        "",
        False,
    )
    assert books() == before
    assert sorted(Vehicle.objects.values_list("plate", flat=True)) == [alone.plate, shared.plate]
    for model in (Address, EmailAddress, EmailDevice, DataExport, VehicleOwner):
        assert not model._base_manager.filter(user=user).exists(), model
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert set(Mail.objects.filter(user=user).values_list("to", "subject", "text", "html", "state")) == {
        ("erased@erased.invalid", "", "", "", "failed")
    }
    assert user.checkouts.get().email == ""
    assert ProviderEvent.objects.get().body == "{}"
    assert verbs(user)[-1] == "erased"
    assert nothing_left("maya", "okafor", "trent lane", "5550142", "104-77") == []


def write_and_remove_by_the_office(user: User) -> None:
    """An address that is gone before the person is."""
    client = sign_in(Client(), make_user(is_staff=True, is_superuser=True))
    form = {"user": user.pk, "kind": "billing", "line1": "40 Trent Lane", "city": "Guelph", "country": "CA"}
    client.post("/admin/accounts/address/add/", form | {"region": "CA-ON", "postal_code": "N1G 2W1"})
    gone = user.addresses.get(kind="billing")
    client.post(f"/admin/accounts/address/{gone.pk}/delete/", {"post": "yes"})
    assert user.addresses.filter(kind="billing").count() == 0


def nothing_left(*words: str) -> list[str]:
    """Columns of the whole database in which one of the words is still found."""
    from django.apps import apps

    found = []
    for model in apps.get_models():
        for row in model._base_manager.values():
            found += [
                f"{model._meta.label}.{name}"
                for name, value in row.items()
                if any(word in str(value).lower() for word in words)
            ]
    return found


def test_erasing_twice_does_it_once(resident: User) -> None:
    closed_long_ago(resident)
    assert [erase_user(resident.pk), erase_user(resident.pk)] == [True, False]
    assert verbs(resident) == ["closed", "erased"]


def test_somebody_who_owes_again_is_left(resident: User) -> None:
    closed_long_ago(resident)
    make_charge(resident)
    assert (erase_user(resident.pk), User.objects.get(pk=resident.pk).email) == (False, "resident@example.test")


def test_sweep_erases_those_who_are_due(resident: User, work_now: None) -> None:
    closed_long_ago(resident)
    other = close_account(make_user(), by=resident)
    apply_retention(timezone.now())
    assert [User.objects.get(pk=user.pk).erased_at is not None for user in (resident, other)] == [True, False]


def test_erased_account_is_not_opened_again(resident: User, staff: User) -> None:
    closed_long_ago(resident)
    erase_user(resident.pk)
    with pytest.raises(NotClosed, match="erased"):
        open_again(resident, by=staff)


def test_audit_trail_forgets_the_name(resident: User) -> None:
    resident.email = "other@example.test"
    resident.save()
    closed_long_ago(resident)
    assert AuditEntry.objects.filter(object_pk=str(resident.pk)).exists()
    erase_user(resident.pk)
    assert nothing_left("other@example.test", "resident@example.test") == []


def test_vehicle_that_another_person_keeps_for_a_visitor_stays(resident: User) -> None:
    vehicle = make_vehicle(resident)
    VisitorPlate.objects.create(user=make_user(), vehicle=vehicle, name="Aunt Rosa")
    closed_long_ago(resident)
    erase_user(resident.pk)
    assert not VehicleOwner.objects.filter(vehicle=vehicle).exists()
    assert Vehicle.objects.filter(pk=vehicle.pk).exists()


def test_vehicle_that_a_ticket_names_stays(resident: User) -> None:
    vehicle = make_vehicle(resident)
    violation = make_violation(vehicle)
    assert violation.charge is not None
    Charge.objects.filter(pk=violation.charge.pk).update(state="void")
    closed_long_ago(resident)
    assert erase_user(resident.pk) is True
    violation.refresh_from_db()
    assert (violation.vehicle, violation.plate, violation.amount) == (vehicle, vehicle.plate, Decimal("50.00"))
