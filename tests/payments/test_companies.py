"""A company pays what its people owe."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import AccountEvent, Company, CompanyMembership, Mail, User
from payments.errors import PaymentRefused
from payments.models import Charge, Checkout, Payment
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment, start_card_payment
from payments.services.checkouts import start_checkout
from payments.services.companies import owed_by_people_of
from payments.services.promises import process_manually, promise_payment
from tests.factories import (
    make_charge,
    make_company,
    make_manager,
    make_member,
    make_offence,
    make_user,
    make_vehicle,
    make_violation,
)
from tests.payments.conftest import begin, pay_at_provider
from violations.models import Violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def manager(company: Company) -> User:
    return make_manager(company, make_user(first_name="Dana", last_name="Reyes")).user


@pytest.fixture
def members(company: Company) -> list[CompanyMembership]:
    return [make_member(company, make_user(first_name=name, last_name="Okafor")) for name in ("Maya", "Noel")]


@pytest.fixture
def charges(members: list[CompanyMembership]) -> list[Charge]:
    return [owe(member.user, f"TT-{number}") for number, member in enumerate(members, start=1)]


def owe(user: User, number: str) -> Charge:
    """A ticket of $50 that this person owes."""
    offence = make_offence(reduced_amount=None, reduced_days=0)
    charge = make_violation(make_vehicle(user), offence=offence, number=number).charge
    assert charge is not None
    return charge


def check_out(company: Company, manager: User, charges: list[Charge]) -> Checkout:
    return start_checkout(charges, user=manager, company=company, language="en", back="/company/invoice/")


def pay(checkout: Checkout) -> Payment:
    payment = begin(checkout)
    pay_at_provider(payment)
    return resolve_payment(payment)


def lines_of(user: User) -> list[tuple[str, str, User | None]]:
    events = AccountEvent.objects.for_user(user).filter(verb="paid_for_you")
    return [(event.label, event.detail, event.by) for event in events]


def test_people_owe_together_but_not_those_who_left(
    company: Company, members: list[CompanyMembership], charges: list[Charge]
) -> None:
    make_charge(make_user())
    make_charge(make_member(make_company()).user)
    make_charge(make_member(company, active=False).user)
    assert list(owed_by_people_of(company)) == charges


def test_one_payment_settles_each_persons_charge_and_tells_each(
    company: Company, manager: User, members: list[CompanyMembership], charges: list[Charge]
) -> None:
    payment = pay(check_out(company, manager, charges))
    assert (payment.state, payment.amount, payment.attention) == ("confirmed", Decimal("100.00"), "")
    assert {charge.state for charge in Charge.objects.all()} == {"settled"}
    assert [lines_of(member.user) for member in members] == [
        [("Paid for you", "Ticket TT-1: $50.00, Northfield Labs", manager)],
        [("Paid for you", "Ticket TT-2: $50.00, Northfield Labs", manager)],
    ]
    receipts = Mail.objects.filter(kind="receipt")
    assert [mail.to for mail in receipts] == ["payer@example.test"]
    assert "Ticket TT-1 (Maya Okafor): $50.00" in receipts[0].text
    assert "Ticket TT-2 (Noel Okafor): $50.00" in receipts[0].text


def test_history_is_written_in_the_persons_language(
    company: Company, manager: User, members: list[CompanyMembership], charges: list[Charge]
) -> None:
    User.objects.filter(pk=members[0].user_id).update(language="fr")
    pay(check_out(company, manager, charges[:1]))
    assert lines_of(members[0].user)[0][1].replace("\xa0", " ") == "Ticket TT-1: 50,00 $, Northfield Labs"


def test_own_charge_of_the_manager_is_no_news_to_them(company: Company, manager: User) -> None:
    pay(check_out(company, manager, [owe(manager, "TT-9")]))
    assert lines_of(manager) == []


def test_ticket_paid_by_the_company_is_paid(company: Company, manager: User, charges: list[Charge]) -> None:
    pay(check_out(company, manager, charges))
    assert list(Violation.objects.values_list("state", flat=True)) == ["paid", "paid"]


def test_person_who_pays_meanwhile_leaves_a_surplus(
    company: Company, manager: User, members: list[CompanyMembership], charges: list[Charge]
) -> None:
    both = begin(check_out(company, manager, charges))
    pay(start_checkout(charges[:1], user=members[0].user, language="en"))
    pay_at_provider(both)
    both = resolve_payment(both)
    assert (both.state, both.attention) == ("confirmed", "surplus")
    surplus = both.entries.get(account="surplus")
    assert surplus.amount == Decimal("-50.00")
    assert (lines_of(members[0].user), len(lines_of(members[1].user))) == ([], 1)


def test_cash_is_promised_and_processed(
    company: Company, manager: User, members: list[CompanyMembership], charges: list[Charge], staff: User
) -> None:
    payment = promise_payment(check_out(company, manager, charges), email="office@northfield.test")
    assert "Ticket TT-1 (Maya Okafor)" in Mail.objects.get(kind="promise").text
    with pytest.raises(PaymentRefused) as refusal:
        start_checkout(charges[:1], user=members[0].user, language="en")
    assert refusal.value.code == "promised"
    process_manually(payment, received=Decimal("50.00"), received_as=ReceivedAs.CHEQUE, by=staff)
    assert [len(lines_of(member.user)) for member in members] == [1, 0]


def test_same_selection_gives_the_same_checkout_apart_from_the_own_one(company: Company, manager: User) -> None:
    charge = make_charge(manager)
    own = start_checkout([charge], user=manager, language="en")
    first, second = (check_out(company, manager, [charge]) for _click in range(2))
    assert first == second
    assert own != first


def change(row: Any, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


LEAVING: dict[str, tuple[str, Callable[[User, CompanyMembership], None]]] = {
    "manager is a member now": ("company-payer", lambda m, p: change(m.membership, role="member")),
    "manager left": ("company-payer", lambda m, p: change(m.membership, active=False)),
    "manager changed company": ("company-payer", lambda m, p: change(m.membership, company=make_company())),
    "company switched off": ("company-payer", lambda m, p: change(p.company, active=False)),
    "person left": ("company-left", lambda m, p: change(p, active=False)),
    "person changed company": ("company-left", lambda m, p: change(p, company=make_company())),
}


@pytest.mark.parametrize("what", LEAVING)
@pytest.mark.parametrize("method", ["start", "card", "cash"])
def test_who_does_not_belong_is_refused_at_every_step(
    company: Company,
    manager: User,
    members: list[CompanyMembership],
    charges: list[Charge],
    what: str,
    method: str,
) -> None:
    code, leave = LEAVING[what]
    checkout = check_out(company, manager, charges) if method != "start" else None
    leave(manager, members[0])
    with pytest.raises(PaymentRefused) as refusal:
        if checkout is None:
            check_out(company, manager, charges)
        elif method == "card":
            start_card_payment(checkout, email="a@example.test")
        else:
            promise_payment(checkout, email="a@example.test")
    assert refusal.value.code == code
    assert Payment.objects.count() == 0


def test_billing_contact_pays_and_a_member_does_not(
    company: Company, members: list[CompanyMembership], charges: list[Charge]
) -> None:
    with pytest.raises(PaymentRefused):
        check_out(company, members[0].user, charges)
    change(members[0], billing_contact=True)
    assert check_out(company, members[0].user, charges).company == company


def test_somebody_elses_charge_cannot_be_slipped_in(company: Company, manager: User, charges: list[Charge]) -> None:
    for payer in (make_user(), None):
        with pytest.raises(PaymentRefused) as refusal:
            check_out(company, manager, [*charges, make_charge(payer)])
        assert refusal.value.code == "company-left"


def test_office_sees_for_which_company_was_paid(
    company: Company, manager: User, charges: list[Charge], staff_client: Client
) -> None:
    promise_payment(check_out(company, manager, charges), email="a@example.test")
    assert (
        f"{manager} ({company})".replace("<", "&lt;").replace(">", "&gt;")
        in staff_client.get("/admin/payments/payment/").content.decode()
    )
