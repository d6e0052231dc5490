"""A boot comes back, late, damaged, or never: where its deposit goes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from payments.models import Charge, Dispute, LedgerEntry, Payment, PaymentMethod, Refund
from payments.services.cheques import bounce_cheque
from payments.services.credits import add_credit
from payments.services.ledger_check import find_problems
from payments.services.promises import pay_by_credit, process_manually, promise_payment
from tests.factories import change_office, fit, make_checkout, make_user, make_vehicle, make_violation
from tests.payments.refunding import paid_by_card
from violations.errors import ViolationRefused
from violations.models import Boot, BootAssignment
from violations.services.boots.following import follow_boots
from violations.services.boots.owing import required_charges
from violations.services.boots.releasing import release_unpaid
from violations.services.boots.returning import Outcome, forfeit_deposit, settle_deposit, take_boot_back
from violations.services.boots.stock import put_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db: None) -> User:
    """Who takes boots back."""
    return make_user(is_staff=True)


def out(user: User | None = None, *, hours_ago: int = 1) -> BootAssignment:
    """A boot whose code was given after a payment by card, so many hours ago, with a day to bring it back."""
    assignment = fit(make_violation(make_vehicle(user)) if user else None)
    paid_by_card(list(required_charges(assignment)), user)
    given = timezone.now() - timedelta(hours=hours_ago)
    BootAssignment.objects.filter(pk=assignment.pk).update(released_at=given, due_at=given + timedelta(hours=24))
    assignment.refresh_from_db()
    return assignment


def sums(outcome: Outcome) -> tuple[int, int, int]:
    """Kept, owed beyond it, and given back, in dollars."""
    return int(outcome.kept), int(outcome.owed), int(outcome.back)


def held() -> int:
    """What the office holds of deposits, by its books, in dollars."""
    rows = LedgerEntry.objects.filter(charge__kind="boot_deposit", account__in=["charge", "refund"])
    waiting = Refund.objects.not_booked().filter(charge__kind="boot_deposit")
    return int(sum(-row.amount for row in rows) - sum(row.amount for row in waiting))


def refunded() -> list[tuple[str, Decimal]]:
    return [(refund.target, refund.amount) for refund in Refund.objects.order_by("pk")]


@pytest.mark.rule(36)
def test_deposit_goes_back_to_the_card_when_the_boot_is_back_in_time_and_whole(officer: User) -> None:
    assignment = out()
    assert held() == 100
    _done, outcome = take_boot_back(assignment, by=officer)
    assert sums(outcome) == (0, 0, 100)
    assert refunded() == [("card", Decimal(100))]
    assert held() == 0
    assignment.refresh_from_db()
    assert (assignment.state, Boot.objects.get().state, assignment.penalty) == ("returned", "stock", None)
    assert not Charge.objects.exclude(lock="").exists()
    mail = Mail.objects.get(kind="boot_ended")
    assert "$100.00 of your deposit goes back" in mail.text


def test_late_boot_costs_each_day_begun_out_of_the_deposit(officer: User) -> None:
    assignment = out(hours_ago=24 + 25)
    _done, outcome = take_boot_back(assignment, by=officer)
    assert sums(outcome) == (50, 0, 50)
    assert refunded() == [("card", Decimal(50))]
    assignment.refresh_from_db()
    assert assignment.penalty is not None
    assert (assignment.penalty.kind, assignment.penalty.amount, assignment.penalty.state) == (
        "boot_penalty",
        Decimal(50),
        "settled",
    )
    assert (held(), len(find_problems())) == (0, 0)


def test_boot_at_the_very_minute_is_not_late(officer: User) -> None:
    assignment = out()
    assert assignment.due_at is not None
    _done, outcome = take_boot_back(assignment, by=officer, at=assignment.due_at)
    assert outcome.back == 100


def test_late_fee_is_waived_with_a_reason_only(officer: User) -> None:
    assignment = out(hours_ago=49)
    with pytest.raises(ViolationRefused) as refusal:
        take_boot_back(assignment, by=officer, waive_late=True)
    assert refusal.value.code == "reason"
    _done, outcome = take_boot_back(assignment, by=officer, waive_late=True, reason="Snow storm")
    assert sums(outcome) == (0, 0, 100)


def test_damage_beyond_the_deposit_is_owed_by_who_answers_for_the_ticket(officer: User) -> None:
    owner = make_user()
    assignment = out(owner)
    _done, outcome = take_boot_back(assignment, by=officer, damage=Decimal(140), reason="Arm bent")
    assert sums(outcome) == (100, 40, 0)
    assignment.refresh_from_db()
    assert assignment.penalty is not None
    assert (assignment.penalty.state, assignment.penalty.payer) == ("open", owner)
    assert Charge.objects.with_standing().get(pk=assignment.penalty.pk).owed == 40
    assert (Boot.objects.get().state, len(refunded()), len(find_problems())) == ("damaged", 0, 0)


def test_deposit_paid_by_credit_goes_back_as_credit(officer: User) -> None:
    owner = make_user()
    assignment = fit(make_violation(make_vehicle(owner)))
    ticket, fee, deposit = required_charges(assignment).order_by("pk")
    paid_by_card([ticket, fee], owner)
    method = PaymentMethod.objects.get(code=PaymentMethod.PAYROLL)
    add_credit(owner, charges=[], method=method, amount=Decimal(100), comment="sorry", by=officer)
    checkout = make_checkout([deposit], owner)
    pay_by_credit(checkout, email=owner.email, credit=Decimal(100))
    take_boot_back(BootAssignment.objects.get(), by=officer)
    assert refunded() == [("credit", Decimal(100))]


@pytest.mark.parametrize("lost", [False, True])
def test_deposit_is_kept_with_a_reason_when_the_boot_does_not_come_back(officer: User, lost: bool) -> None:
    assignment = out(hours_ago=72)
    with pytest.raises(ViolationRefused) as refusal:
        forfeit_deposit(assignment, by=officer, reason=" ", lost=lost)
    assert refusal.value.code == "reason"
    done, outcome = forfeit_deposit(assignment, by=officer, reason="Three days, no answer", lost=lost)
    assert sums(outcome) == (100, 0, 0)
    assert (done.state, Boot.objects.get().state) == (("lost", "lost") if lost else ("forfeited", "out"))
    assert (len(refunded()), held(), len(find_problems())) == (0, 0, 0)
    assert "$100.00 of your deposit is kept" in Mail.objects.get(kind="boot_ended").text
    assert put_back(Boot.objects.get(), by=officer, reason="found").state == "stock"


def test_deposit_is_not_kept_before_its_time(officer: User) -> None:
    with pytest.raises(ViolationRefused) as refusal:
        forfeit_deposit(out(), by=officer, reason="now")
    assert (refusal.value.code, held()) == ("not-late", 100)


def test_boot_is_taken_back_once(officer: User) -> None:
    assignment = out()
    take_boot_back(assignment, by=officer)
    with pytest.raises(ViolationRefused) as refusal:
        take_boot_back(assignment, by=officer)
    assert (refusal.value.code, refunded()) == ("not-out", [("card", Decimal(100))])


def test_boot_taken_off_by_the_office_asks_for_no_deposit(officer: User) -> None:
    assignment = fit()
    _done, outcome = take_boot_back(assignment, by=officer)
    assert outcome.back == 0
    assert [charge.state for charge in Charge.objects.order_by("pk")] == ["open", "open", "void"]


def test_boot_released_without_payment_owes_its_late_fee(officer: User) -> None:
    assignment = release_unpaid(fit(), by=officer, reason="Ambulance")
    _done, outcome = take_boot_back(assignment, by=officer, at=timezone.now() + timedelta(hours=25))
    assert sums(outcome) == (0, 25, 0)


def test_disputed_deposit_waits_for_the_bank_and_is_given_back_afterwards(officer: User) -> None:
    assignment = out()
    dispute = Dispute.objects.create(provider_ref="dp_1", payment=Payment.objects.get(), amount=Decimal(100))
    assignment, outcome = take_boot_back(assignment, by=officer)
    assert (assignment.state, outcome.back == 0, len(refunded())) == ("returned", True, 0)
    assert "disputes this payment" in assignment.problem
    with pytest.raises(ViolationRefused):
        settle_deposit(assignment, by=officer)
    Dispute.objects.filter(pk=dispute.pk).update(state="won")
    assert settle_deposit(assignment, by=officer) == 100
    assert refunded() == [("card", Decimal(100))]
    with pytest.raises(ViolationRefused) as refusal:
        settle_deposit(assignment, by=officer)
    assert refusal.value.code == "settled"


def test_person_is_reminded_once_before_and_once_after_it_is_due() -> None:
    assignment = out(hours_ago=21)
    for _again in range(2):
        follow_boots()
    assert [mail.subject for mail in Mail.objects.filter(kind="boot_due")] == [
        f"Boot {assignment.boot} is due back soon"
    ]
    later = timezone.now() + timedelta(hours=4)
    for _again in range(2):
        follow_boots(at=later)
    assignment.refresh_from_db()
    assert (assignment.state, Mail.objects.filter(kind="boot_due").count()) == ("overdue", 2)
    assert Mail.objects.filter(kind="boot_due", subject=f"Boot {assignment.boot} is late").count() == 1


def test_nobody_is_reminded_where_the_office_wants_none() -> None:
    change_office(boot_reminder_hours=0)
    out(hours_ago=21)
    follow_boots()
    assert not Mail.objects.filter(kind="boot_due").exists()


@pytest.mark.rule(46)
def test_cheque_that_bounces_after_the_release_is_told_to_staff_once(officer: User) -> None:
    change_office(staff_email="staff@example.test")
    owner = make_user()
    assignment = fit(make_violation(make_vehicle(owner)))
    checkout = make_checkout(list(required_charges(assignment)), owner)
    payment = promise_payment(checkout, email=owner.email)
    process_manually(payment, received=checkout.total, received_as="cheque", by=officer)  # type: ignore[arg-type]
    assignment.refresh_from_db()
    assert assignment.state == "released"
    bounce_cheque(payment, by=officer)
    assignment.refresh_from_db()
    assert (assignment.state, assignment.undone_at is not None) == ("released", True)
    assert {mail.to for mail in Mail.objects.filter(kind="boot_undone")} == {"staff@example.test"}
    assert Mail.objects.filter(kind="boot_undone").count() == 3  # ticket, fee and deposit
    assert not Charge.objects.exclude(lock="").exists()
