"""Write a ticket, and take one back."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import FilteredRelation, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from payments.models import Charge
from payments.services.taxes import save_with_taxes
from vehicles.models import Vehicle, VehicleOwner
from vehicles.plates import normalise_plate
from violations.amounts import due_through, early_through, next_rise, terms_to_json
from violations.models import Violation, ViolationEvent
from violations.services.debts import end_ticket
from violations.services.lookup import normalise_number
from violations.services.numbering import give_pins, next_number
from violations.services.terms import clock_of, freeze_terms, terms_of

KIND = "violation"
FORGIVEN = "the first ticket, forgiven"


@transaction.atomic
def issue_violation(violation: Violation, *, by: User | None = None, warning: bool = False) -> Violation:
    """Enter a ticket that has not been saved yet: number and PIN if it has none, the vehicle and its primary driver by
    plate, its terms, and what is owed. A warning owes nothing, and a ticket that the terms forgive becomes one."""
    give_pins([violation])
    violation.plate = normalise_plate(violation.plate)
    violation.number = normalise_number(violation.number) or next_number()
    violation.vehicle, driver = vehicle_and_driver(violation)
    terms = freeze_terms(violation, driver=driver)
    violation.amount, violation.terms = terms.fine, terms_to_json(terms)
    if not warning and not terms.forgiven:
        violation.next_change_on = next_rise(terms, clock_of(violation, terms))
        with override(driver.language if driver else settings.LANGUAGE_CODE):  # the payer reads it, not the officer
            charge = new_charge(violation, payer_id=driver.pk if driver else None)
        violation.charge = save_with_taxes(charge)
    else:
        violation.warn()
    violation.save()
    reason = FORGIVEN if terms.forgiven and not warning else ""
    ViolationEvent.objects.create(
        violation=violation, at=timezone.now(), by=by, to_state=violation.state, reason=reason
    )
    return violation


def new_charge(violation: Violation, *, payer_id: int | None) -> Charge:
    """The debt of a ticket, not saved yet and without taxes: what its terms say, with the last day of its discount."""
    terms = terms_of(violation)
    clock = clock_of(violation, terms)
    place = violation.lot.name if violation.lot else violation.location
    return Charge(
        kind=KIND,
        payer_id=payer_id,
        amount=terms.whole,
        description=_("Ticket %(number)s") % {"number": violation.number},
        detail=", ".join(filter(None, [violation.offence.description, place]))[:200],
        link=f"/tickets/{violation.number}/",
        reduced_amount=terms.reduced,
        reduced_through=early_through(terms, clock),
        due_on=due_through(terms, clock),
        created_at=violation.issued_at,
    )


def vehicle_and_driver(violation: Violation) -> tuple[Vehicle | None, User | None]:
    """The registered vehicle that the ticket's plate names, if there is one, and who answers for it: its primary driver. One
    query."""
    first = FilteredRelation("owner_links", condition=Q(owner_links__primary=True))
    named = Vehicle.objects.filter(
        plate=violation.plate, region=violation.plate_region, plate_type=violation.plate_type
    )
    whole = named.annotate(first_link=first).select_related("first_link__user")  # type: ignore[misc]  # made just here
    vehicle = whole.first()
    link: VehicleOwner | None = getattr(vehicle, "first_link", None)
    return vehicle, link.user if link else None


def spoil_violation(violation: Violation, *, by: User, reason: str, at: datetime | None = None) -> Violation:
    """Void a ticket that was written by mistake: nothing is owed, what was paid becomes surplus, the number stays."""
    refusal = _("Ticket %(number)s is paid or void already. Nothing was changed.")
    states = (Violation.State.OPEN, Violation.State.WARNING)
    return end_ticket(violation, "spoil", by=by, at=at, reason=reason, refusal=refusal, states=states)
