"""Put a boot on a vehicle."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import User
from opscom.lib.money import ZERO, format_money
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments.models import Charge, PlanLine
from payments.services.charges import create_charge, is_being_paid, lock_charges
from violations.errors import ViolationRefused
from violations.models import Boot, BootAssignment, BootAssignmentEvent, Violation
from violations.services.boots.stock import lock_boot
from violations.services.debts import charges_of, open_charges_of

FEE, DEPOSIT, PENALTY = "boot", "boot_deposit", "boot_penalty"


def fit_boot(
    violation: Violation, *, boot: Boot, by: User, location: str = "", at: datetime | None = None
) -> BootAssignment:
    """Note that this boot stands on the ticket's vehicle: fee and deposit are owed with the ticket from now on. One boot is on
    one vehicle and for one ticket at a time, as the database sees to. ViolationRefused says what is in the way."""
    try:
        with transaction.atomic():
            return _fit(violation, boot, by, location, at or timezone.now())
    except IntegrityError as error:
        raise ViolationRefused(
            _("A boot for this ticket or vehicle is not back yet. Note its return first."), code="assigned"
        ) from error


def _fit(violation: Violation, boot: Boot, by: User, location: str, at: datetime) -> BootAssignment:
    charges = lock_charges([violation.charge_id] if violation.charge_id else [])
    locked = Violation.objects.select_for_update(of=("self",)).select_related("offence", "charge__payer")
    violation, boot = locked.get(pk=violation.pk), lock_boot(boot.pk)
    _check(violation, boot)
    _check_debts(violation, at)
    payer = violation.charge.payer if violation.charge else None
    with override(payer.language if payer else settings.LANGUAGE_CODE):
        fee = _charge(FEE, office().boot_fee, _("Boot fee"), violation, payer, at)
        deposit = _charge(DEPOSIT, office().boot_deposit, _("Boot deposit, refundable"), violation, payer, at)
        lock = _("A boot is on the vehicle. Paying this helps to get its release code.")
    assignment = BootAssignment.objects.create(
        boot=boot,
        violation=violation,
        plate=violation.plate,
        plate_region=violation.plate_region,
        plate_type=violation.plate_type,
        sealed=boot.sealed,
        fitted_at=at,
        fitted_by=by,
        location=location,
        fee=fee,
        deposit=deposit,
    )
    BootAssignmentEvent.objects.create(assignment=assignment, at=at, by=by, to_state=assignment.state)
    change_state(boot, "fit", by=by, at=at, reason=violation.number)
    for charge in (*charges.values(), fee, deposit):
        if charge is not None:
            charge.lock = lock[:200]
            charge.save(update_fields=["lock"])
    return assignment


def _check(violation: Violation, boot: Boot) -> None:
    if violation.state != Violation.State.OPEN or violation.charge_id is None:
        raise ViolationRefused(_("Nothing is owed for this ticket. A boot is for one that is owed."), code="not-owed")
    if not violation.offence.boot_eligible:
        raise ViolationRefused(
            _("The office allows no boot for this offence. Look at its entry in the catalogue."), code="offence"
        )
    if boot.state != Boot.State.STOCK:
        raise ViolationRefused(
            _("Boot %(number)s is not in stock. Take another one.") % {"number": boot.number}, code="not-here"
        )
    if not boot.sealed:
        raise ViolationRefused(
            _("Boot %(number)s has no release code. Enter it before the boot goes out.") % {"number": boot.number},
            code="no-code",
        )
    if PlanLine.objects.filter(charge__in=charges_of(violation), standing=True).exists():
        raise ViolationRefused(
            _(
                "This ticket is in a payment plan that is kept. Leave the vehicle free, or have the plan cancelled first."
            ),
            code="planned",
        )
    if is_being_paid(violation.charge_id):
        raise ViolationRefused(_("This ticket is being paid now, or its payment is promised."), code="under-way")


def _check_debts(violation: Violation, at: datetime) -> None:
    """ViolationRefused where the plate owes less than the office wants before a boot is fitted."""
    rules = office()
    if rules.boot_tickets is None and rules.boot_owed is None:
        return
    old = Violation.objects.unpaid().filter(issued_at__lt=at - timedelta(days=rules.boot_ticket_days))
    old = old.filter(Q(pk=violation.pk) | Q(plate=violation.plate, plate_region=violation.plate_region) & ~Q(plate=""))
    tickets = old.count()
    owed = sum((charge.owed for charge in open_charges_of(old).with_standing()), start=ZERO)
    many = rules.boot_tickets is not None and tickets >= rules.boot_tickets
    if many or (rules.boot_owed is not None and owed >= rules.boot_owed):
        return
    raise ViolationRefused(
        ngettext(
            "The office fits a boot only for more: this plate has %(n)s unpaid ticket that counts, %(sum)s in all.",
            "The office fits a boot only for more: this plate has %(n)s unpaid tickets that count, %(sum)s in all.",
            tickets,
        )
        % {"n": tickets, "sum": format_money(owed)},
        code="few",
    )


def _charge(
    kind: str, amount: Decimal, words: str, violation: Violation, payer: User | None, at: datetime
) -> Charge | None:
    if not amount:
        return None
    return create_charge(
        kind,
        amount=amount,
        description=f"{words} ({violation.number})",
        payer=payer,
        link=f"/tickets/{violation.number}/",
        at=at,
    )
