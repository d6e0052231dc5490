"""Accounts that nobody uses: told, then erased; whoever has, owes or waits for anything is left alone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import today
from opscom.lib.retention import apply_retention, schedule
from opscom.models import SystemSettings
from opscom.office.people import idle
from opscom.office.people.idle import erase_idle_person, idle_people, tell_idle_person, to_be_erased, to_be_told
from opscom.office.people.relations import RELATIONS
from payments.models import Charge, Dispute, Payment, PaymentMethod, Refund
from payments.services.credits import add_credit
from payments.services.promises import promise_payment
from permits.models import HourBlock, Household, HouseholdMember, Permit
from tests.factories import (
    change_office,
    fit,
    make_appeal,
    make_ban,
    make_charge,
    make_checkout,
    make_company,
    make_entry,
    make_form,
    make_hours,
    make_locker_term,
    make_manager,
    make_member,
    make_payment,
    make_permit,
    make_plan,
    make_submission,
    make_user,
    make_vehicle,
    make_violation,
    make_waitlist,
)
from violations.models import Appeal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
IDLE, NOTICE = 730, 60
# What says nothing of whether somebody still uses the account, or goes with another row that does.
NO_SIGN = {
    "account.EmailAddress",
    "accounts.ActAsSession",  # its beginning is an event of the account
    "accounts.Address",
    "accounts.DataExport",  # asking for one is an event of the account
    "accounts.EmailChange",
    "accounts.EmailOptOut",
    "accounts.Mail",  # what the office writes is no use of the account
    "accounts.MailingPerson",
    "accounts.PersonNote",
    "accounts.AccountUpload",  # handing one in is an event of the account
    "accounts.TextMessage",
    "accounts.User",
    "otp_email.EmailDevice",
    "otp_static.StaticDevice",
    "otp_totp.TOTPDevice",
    "payments.CardSetup",
    "payments.OfficeArrangement",  # pays for what is owed or renewed, and nothing is
    "payments.StoredCard",
    "payments.TaxExemption",
    "permits.TextConversation",  # what it bought is a permit
    "permits.VisitorPlate",
    "socialaccount.SocialAccount",
    "usersessions.UserSession",  # lasts for hours after a login
    "vehicles.VehicleOwner",
    "violations.Association",  # goes with an appeal
    "violations.PlateCode",
}


@pytest.fixture
def at() -> Iterator[datetime]:
    """Long after all that a test makes: what is not open any more is past then."""
    change_office(idle_days=IDLE, idle_notice_days=NOTICE)
    yield timezone.now() + (IDLE + 70) * DAY


def sent(at: datetime) -> None:
    Mail.objects.update(state="sent", created_at=at, sent_at=at)


def found(at: datetime) -> list[int]:
    return list(idle_people(at).order_by("pk").values_list("pk", flat=True))


def test_nobody_is_idle_before_the_days_are_over_nor_after_a_login(resident: User, at: datetime) -> None:
    joined = resident.date_joined
    assert [found(joined + n * DAY) for n in (IDLE, IDLE + 1)] == [[], [resident.pk]]
    User.objects.filter(pk=resident.pk).update(last_login=joined + 30 * DAY)
    assert [found(joined + n * DAY) for n in (IDLE + 30, IDLE + 31)] == [[], [resident.pk]]


@pytest.mark.parametrize("fields", [{"is_staff": True}, {"been_staff": True}, {"is_active": False}])
def test_staff_and_those_whom_the_office_switched_off_are_never_idle(
    resident: User, at: datetime, fields: dict[str, bool]
) -> None:
    User.objects.filter(pk=resident.pk).update(**fields)
    assert found(at) == []


def permit(user: User) -> None:
    row = make_permit(user)
    Permit.objects.filter(pk=row.pk).update(state="expired", valid_before=today() + 71 * DAY)


def locker(user: User) -> None:
    make_locker_term(user, ends_before=today() + 71 * DAY)


def hours(user: User) -> None:
    block = make_hours(user)
    HourBlock.objects.filter(pk=block.pk).update(granted_by=make_user(is_staff=True), ends_before=today() + 1000 * DAY)


def paying(user: User) -> None:
    make_payment(make_checkout([make_charge(user)], user))


def promised(user: User) -> None:
    promise_payment(make_checkout([make_charge(user)], user), email=user.email)


def attended(user: User) -> None:
    make_payment(make_checkout([make_charge(user)], user), state="confirmed", attention="surplus")


def confirmed(user: User) -> Payment:
    return make_payment(make_checkout([make_charge(user)], user), state="confirmed")


def refunded(user: User) -> None:
    payment = confirmed(user)
    Refund.objects.create(payment=payment, amount=Decimal(5), reason="x", state=Refund.State.REQUESTED)


def disputed(user: User) -> None:
    Dispute.objects.create(payment=confirmed(user), provider_ref="d1", amount=Decimal(5))


def plan(user: User) -> None:
    make_plan(user)


def credit(user: User) -> None:
    payroll = PaymentMethod.objects.get(code=PaymentMethod.PAYROLL)
    add_credit(user, charges=[], method=payroll, amount=Decimal("5.00"), by=make_user(is_staff=True))


def booted(user: User) -> None:
    fit(make_violation(make_vehicle(user)))


def appealing(user: User) -> None:
    appeal = make_appeal(user)
    Appeal.objects.filter(pk=appeal.pk).update(state="submitted", submitted_at=timezone.now())


def form(user: User) -> None:
    make_submission(make_form(), user)


def waiting(user: User) -> None:
    make_entry(make_waitlist(), user)


def banned(user: User) -> None:
    make_ban(user)


def household(user: User) -> None:
    HouseholdMember.objects.create(household=Household.objects.create(name="Reyes"), user=user)


def managing(user: User) -> None:
    make_manager(make_company(), user)


def billed(user: User) -> None:
    make_member(make_company(), user, billing_contact=True)


SIGNS = [permit, locker, hours, paying, promised, attended, refunded, disputed, plan, credit, booted, appealing, form, waiting, banned, household, managing, billed]  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS)
def test_whoever_has_or_waits_for_something_is_not_idle(
    resident: User, at: datetime, sign: Callable[[User], None]
) -> None:
    sign(resident)
    Charge.objects.update(state="void")
    other = make_user()
    assert resident.pk not in found(at)
    assert other.pk in found(at)


def test_debt_keeps_the_account(resident: User, at: datetime) -> None:
    charge = make_charge(resident)
    assert found(at) == []
    Charge.objects.filter(pk=charge.pk).update(state="void")
    assert found(at) == [resident.pk]


def test_every_table_of_a_person_is_a_sign_or_named_as_none(at: datetime) -> None:
    signs = {
        rows.model._meta.label for kind in (idle._bought(at, at), idle._money(at), idle._duties(at)) for rows in kind
    }
    tables = {relation.model._meta.label for relation in RELATIONS if relation.words}
    via_payment = {"payments.Dispute", "payments.Payment", "payments.Refund", "violations.BootAssignment"}
    assert (signs & NO_SIGN, (tables - signs) ^ NO_SIGN, signs - tables) == (set(), set(), via_payment)


def test_person_is_told_once_and_erased_after_the_notice(resident: User, at: datetime) -> None:
    assert [tell_idle_person(resident.pk, at=at) for _again in range(2)] == [True, False]
    mail = Mail.objects.get(user=resident)
    assert (mail.kind, mail.subject, "http" in mail.text) == (
        "account_idle",
        "Do you still need your account?",
        True,
    )
    later = at + NOTICE * DAY
    assert list(to_be_erased(later)) == []  # the e-mail has not left
    Mail.objects.update(state="failed")
    assert list(to_be_erased(later)) == []  # nor arrived
    Mail.objects.update(state="sent", sent_at=later - 13 * DAY)
    assert list(to_be_erased(later)) == []  # it leaves no two weeks
    sent(at)
    change_office(idle_notice_days=14)  # the day that they were told holds
    assert [erase_idle_person(resident.pk, at=moment) for moment in (later - 2 * DAY, later, later)] == [
        False,
        True,
        False,
    ]
    resident.refresh_from_db()
    assert (resident.email, resident.first_name, resident.is_active, resident.erased_at) == (
        f"erased-{resident.pk}@erased.invalid",
        "",
        False,
        later,
    )
    assert list(to_be_told(later)) == []


def test_whoever_logs_in_or_owes_again_is_kept_and_told_anew_after_the_days(resident: User, at: datetime) -> None:
    tell_idle_person(resident.pk, at=at)
    sent(at)
    later = at + NOTICE * DAY
    charge = make_charge(resident)
    assert erase_idle_person(resident.pk, at=later) is False
    charge.delete()
    User.objects.filter(pk=resident.pk).update(last_login=at + DAY)
    assert erase_idle_person(resident.pk, at=later) is False
    again = at + (IDLE + 2) * DAY
    assert [erase_idle_person(resident.pk, at=again), tell_idle_person(resident.pk, at=again)] == [False, True]


def test_schedule_tells_first_and_erases_later(resident: User, at: datetime, work_now: None) -> None:
    due = {row["key"]: row["due"] for row in schedule(at)}
    assert (due["idle_accounts"], due["idle_details"]) == (1, 0)
    User.objects.filter(pk=resident.pk).update(date_joined=timezone.now() - (IDLE + 1) * DAY)
    apply_retention(timezone.now())
    assert Mail.objects.filter(kind="account_idle", user=resident).count() == 1
    told_at = timezone.now() - NOTICE * DAY
    sent(told_at)
    User.objects.filter(pk=resident.pk).update(idle_told_at=told_at, idle_until=today())
    assert {row["key"]: row["due"] for row in schedule(timezone.now())}["idle_details"] == 1
    apply_retention(timezone.now())
    assert User.objects.get(pk=resident.pk).erased_at is not None


def test_office_that_sets_no_days_keeps_everybody(resident: User, at: datetime) -> None:
    tell_idle_person(resident.pk, at=at)
    sent(at)
    change_office(idle_days=0)
    rows = {row["key"]: (row["due"], row["never"]) for row in schedule(at + 9 * NOTICE * DAY)}
    assert (rows["idle_accounts"], rows["idle_details"]) == ((0, True), (0, False))
    assert [erase_idle_person(resident.pk, at=at + 9 * NOTICE * DAY), tell_idle_person(resident.pk, at=at)] == [
        False,
        False,
    ]


@pytest.mark.parametrize(("days", "right"), [(0, True), (1, False), (364, False), (365, True)])
def test_days_are_a_year_or_never(days: int, right: bool) -> None:
    field = SystemSettings._meta.get_field("idle_days")
    if right:
        field.run_validators(days)
        return
    with pytest.raises(ValidationError):
        field.run_validators(days)
