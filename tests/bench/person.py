"""The history of one person to whom very much happened."""

from accounts.models import AccountEvent, Mail, User
from accounts.services.history import note_event
from payments.models import Charge, Checkout, CheckoutLine, LedgerEntry, Payment, Receipt
from permits.models import PermitEvent
from tests import factories
from tests.bench.history import LETTERS, clone
from tests.bench.lists import Look, look
from tests.bench.seed import pay, sessions_of
from tests.bench.table import Row
from tests.bench.world import World
from violations.models import Violation

FIRST = 900_000_000
EVENTS = 5_000
GOAL_MS = 200
# Of each five thousand: mails, account events, permit events, and as many tickets, each with its charge and payment.
SHARES = {"mails": 2_000, "account": 1_000, "permits": 500, "tickets": 750}
PAGES = {
    "newest page": "/history/",
    "payments": "/history/?kind=payment",
    "last twelve months": "/history/?period=year",
}


def measure(world: World) -> list[Row]:
    """Pages of the history with some lines and with five thousand."""
    person = factories.make_user(first_name="Maya", last_name="Okafor")
    violation = factories.make_violation(factories.make_vehicle(person))
    assert violation.charge_id is not None
    payment = pay(violation.charge_id, person)
    factories.make_permit(person)
    note_event(person, AccountEvent.Verb.PASSWORD_CHANGED, by=person)
    [session] = sessions_of([person])
    few = {page: look(session, path) for page, path in PAGES.items()}
    _grow(person, violation, payment)
    many = {page: look(session, path) for page, path in PAGES.items()}
    return [_judged(page, few[page], many[page]) for page in PAGES]


def _grow(person: User, violation: Violation, payment: Payment) -> None:
    key, day = f"{FIRST} + g", "now() - g * interval '7 hours'"
    mail, event = Mail.objects.filter(user=person).latest("pk"), AccountEvent.objects.filter(user=person).latest("pk")
    clone(Mail, mail.pk, (0, SHARES["mails"]), id=key, key="NULL", created_at=day)
    clone(AccountEvent, event.pk, (0, SHARES["account"]), id=key, at=day)
    reserved = PermitEvent.objects.filter(permit__holder=person).latest("pk")
    clone(PermitEvent, reserved.pk, (0, SHARES["permits"]), id=key, at=day)
    span = (0, SHARES["tickets"])
    code = LETTERS.format(width=10)
    clone(Charge, violation.charge_id, span, id=key, code=f"'HV' || {code}", created_at=day)
    clone(Violation, violation.pk, span, id=key, number="'H-' || g", charge_id=key, issued_at=day)
    clone(Checkout, payment.checkout_id, span, id=key, code="'HK' || g", created_at=day)
    clone(CheckoutLine, payment.checkout.lines.get().pk, span, id=key, checkout_id=key, charge_id=key)
    clone(Payment, payment.pk, span, id=key, code="'HP' || g", checkout_id=key, created_at=day)
    clone(Receipt, payment.receipt.pk, span, id=key, payment_id=key, number="'HR-' || g", code="'HR' || g")
    for step, entry in enumerate(LedgerEntry.objects.filter(payment=payment).order_by("pk")):
        own = "NULL" if entry.charge_id is None else key
        clone(
            LedgerEntry,
            entry.pk,
            span,
            id=f"{key} + {step} * 1000000",
            payment_id=key,
            charge_id=own,
            key=f"'h{step}:' || g",
        )


def _judged(page: str, few: Look, many: Look) -> Row:
    return Row(
        f"History of {EVENTS:,} lines, {page}",
        f"{many.total:.0f} ms, SQL {many.sql:.0f} ms, {many.queries} queries",
        f"few lines: {few.total:.0f} ms, {few.queries} queries",
        many.total / few.total,
        f"≤ {GOAL_MS} ms, same queries",
        many.total <= GOAL_MS and many.queries == few.queries,
    )
