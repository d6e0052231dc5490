"""Years of an office: rows cloned by the database itself, because a million of them must not take an hour."""

from django.db import connection, models
from django.utils import timezone

from accounts.models import User
from payments.models import Charge, Checkout, CheckoutLine, LedgerEntry, Payment, Receipt
from permits.models import Permit, SalesWindow
from tests import factories
from tests.bench.seed import pay
from violations.models import Violation

FIRST = 100_000_000  # far from the keys of living rows
PEOPLE = 1_000
PERMITS = 500_000_000
KEY = f"{FIRST} + g"
LETTERS = "translate(lpad(g::text, {width}, '0'), '0123456789', 'BCDFGHJKLM')"


class History:
    """Paid tickets and old permits of many people, all like one that went the portal's own way."""

    def __init__(self) -> None:
        self.rows = 0
        owner = factories.make_user(permit_disclaimer_at=timezone.now())
        violation = factories.make_violation(factories.make_vehicle(owner))
        assert violation.charge_id is not None
        self.violation = violation
        self.payment = pay(violation.charge_id, owner)
        self.permit = factories.make_permit(owner)
        pay(self.permit.charge_id, owner)
        self.owner = owner

    def grow(self, rows: int) -> None:
        """Until there are so many tickets, a quarter as many permits, and a tenth as many people."""
        span = (self.rows, rows)
        day = "now() - (g % 2000) * interval '1 day'"
        payer = f"{FIRST} + g % {PEOPLE}"
        clone(
            User,
            self.owner.pk,
            (self.rows // 10, rows // 10),
            id=KEY,
            email="'h' || g || '@example.test'",
            last_name="'Histor' || g",
            phone="''",
        )
        if self.rows == 0 and rows // 10 < PEOPLE:
            raise ValueError(f"at least {PEOPLE * 10} rows")
        charge = {"id": KEY, "code": f"'V' || {LETTERS.format(width=11)}", "payer_id": payer, "created_at": day}
        clone(Charge, self.violation.charge_id, span, **charge)
        number, plate = "'TT-' || (50000000 + g)", f"'B' || {LETTERS.format(width=9)}"
        clone(
            Violation,
            self.violation.pk,
            span,
            id=KEY,
            number=number,
            plate=plate,
            vehicle_id="NULL",
            charge_id=KEY,
            issued_at=day,
            entered_at=day,
        )
        clone(Checkout, self.payment.checkout_id, span, id=KEY, code="'K' || g", user_id=payer, created_at=day)
        clone(CheckoutLine, self.payment.checkout.lines.get().pk, span, id=KEY, checkout_id=KEY, charge_id=KEY)
        clone(Payment, self.payment.pk, span, id=KEY, code="'P' || g", checkout_id=KEY, created_at=day, settled_at=day)
        clone(
            Receipt,
            self.payment.receipt.pk,
            span,
            id=KEY,
            payment_id=KEY,
            number="'H-' || g",
            code="'R' || g",
            issued_at=day,
        )
        for step, entry in enumerate(LedgerEntry.objects.filter(payment=self.payment).order_by("pk")):
            own = "NULL" if entry.charge_id is None else KEY
            clone(
                LedgerEntry,
                entry.pk,
                span,
                id=f"{KEY} + {step} * 200000000::bigint",
                payment_id=KEY,
                charge_id=own,
                key=f"'{step}:' || g",
                at=day,
            )
        self._grow_permits((self.rows // 4, rows // 4), payer)
        self.rows = rows
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _grow_permits(self, span: tuple[int, int], holder: str) -> None:
        """Paid and over, each thousand from a window of its own, in the lots that still sell."""
        key, window = f"{PERMITS} + g", f"{PERMITS} + g / {PEOPLE}"
        first = f"CURRENT_DATE - 100 - (g / {PEOPLE})::int"
        dates = {"valid_from": first, "valid_before": f"{first} + 60"}
        windows = (-(-span[0] // PEOPLE), -(-span[1] // PEOPLE))
        clone(
            SalesWindow,
            self.permit.window_id,
            windows,
            id=f"{PERMITS} + g",
            code="'W' || g",
            sale_starts="now() - interval '9 years'",
            sale_ends="now() - interval '8 years'",
        )
        clone(Charge, self.permit.charge_id, span, id=key, code=f"'Q' || {LETTERS.format(width=11)}", payer_id=holder)
        lot = "(SELECT min(id) FROM permits_lot) + g % 6"
        own = {
            "code": "'Y' || g",
            "serial": "700000 + g",
            "number": "'Z-' || g",
            "holder_id": holder,
            "charge_id": key,
            "window_id": window,
            "lot_id": lot,
        }
        clone(Permit, self.permit.pk, span, id=key, **own, **dates)


def clone(model: type[models.Model], pk: int | None, span: tuple[int, int], **changed: str) -> None:
    """Copies of one row for g from span[0] until before span[1]; `changed` columns are SQL that may use g."""
    quote = connection.ops.quote_name
    columns = [str(field.column) for field in model._meta.concrete_fields]
    if unknown := set(changed) - set(columns):
        raise ValueError(f"{model.__name__} has no {unknown}")
    values = ", ".join(changed.get(column, f"t.{quote(column)}") for column in columns).replace("%", "%%")
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quote, columns))}) SELECT {values} FROM {table} t, generate_series(%s, %s) g WHERE t.id = %s",
            [span[0], span[1] - 1, pk],
        )
