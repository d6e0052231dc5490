"""Begin an appeal, write it, hand it in, and answer what the office asks (APP-2)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.states import change_state
from payments.models import Charge
from violations.emails import appeals as emails
from violations.errors import AppealRefused
from violations.models import Appeal, Association, Violation
from violations.services.appeals.rules import check_appealable, next_level
from violations.services.debts import block, lock_charges_of
from violations.services.escalate import set_days
from violations.services.terms import clock_of, terms_of


def begin_appeal(violation: Violation, *, user: User | None, language: str, at: datetime | None = None) -> Appeal:
    """A draft, or the one that this person has begun already. AppealRefused where the ticket cannot be appealed."""
    at = at or timezone.now()
    violation = Violation.objects.select_related("offence", "charge").prefetch_related("appeals").get(pk=violation.pk)
    level = next_level(violation)
    check_appealable(violation, level=level, at=at)
    begun = violation.appeals.filter(user=user, level=level, state=Appeal.State.DRAFT).first() if user else None
    if begun:
        return begun
    try:
        with transaction.atomic():
            return Appeal.objects.create(violation=violation, level=level, user=user, language=language, created_at=at)
    except IntegrityError:  # the same person's other tab was quicker
        return violation.appeals.get(user=user, level=level, state=Appeal.State.DRAFT)


@transaction.atomic
def save_draft(appeal: Appeal, *, reason: str, name: str = "", email: str = "") -> Appeal:
    """Keep what is written so far."""
    appeal = lock_appeal(appeal)
    if not appeal.is_draft:
        raise _over()
    appeal.reason, appeal.name, appeal.email = reason, name, email
    appeal.save(update_fields=["reason", "name", "email"])
    return appeal


@transaction.atomic
def submit_appeal(appeal: Appeal, *, by: User | None, at: datetime | None = None) -> Appeal:
    """Hand it in: the ticket is under review, its clock stops, and an e-mail confirms. A payment that is under way is not
    stopped (RULES 32). AppealRefused says what is missing, or why it is too late."""
    at = at or timezone.now()
    charges = lock_charges_of(appeal.violation)
    violation = Violation.objects.select_for_update(of=("self",)).select_related("offence").get(pk=appeal.violation_id)
    appeal = lock_appeal(appeal)
    if not appeal.is_draft:
        raise _over()
    fresh = Violation.objects.select_related("offence", "charge").prefetch_related("appeals")
    check_appealable(fresh.get(pk=violation.pk), level=appeal.level, at=at)
    if not appeal.reason.strip():
        raise AppealRefused(_("Write what happened under Reason for Appeal."), code="reason")
    if appeal.user is None and not appeal.email:
        raise AppealRefused(_("Enter your e-mail address: the decision goes there."), code="email")
    change_state(appeal, "submit", by=by, at=at, submitted_at=at)
    fine = fine_among(charges, violation)
    with override(fine.payer.language if fine.payer else appeal.reader_language):
        block(
            charges,
            _("This ticket is under review. Nothing is paid until the appeal is decided, and the price stands still."),
        )
    terms = terms_of(violation)
    set_days(violation, fine, terms, clock_of(violation, terms), at=at)
    if appeal.user:
        Association.objects.filter(user=appeal.user, violation=violation).update(ends_at=None)
    emails.send_appeal_received(appeal)
    return appeal


@transaction.atomic
def answer_question(appeal: Appeal, *, text: str, by: User | None, at: datetime | None = None) -> Appeal:
    """Tell the office what it asked."""
    appeal = lock_appeal(appeal)
    if appeal.state != Appeal.State.ASKED:
        raise AppealRefused(_("The office asks nothing about this appeal now."), code="not-asked")
    if not text.strip():
        raise AppealRefused(_("Write your answer first."), code="answer")
    change_state(appeal, "reply", by=by, at=at, answer=text.strip())
    return appeal


def fine_among(charges: Iterable[Charge], violation: Violation) -> Charge:
    """The fine's charge among the locked ones of a ticket. AppealRefused where it has become another meanwhile."""
    fine = next((charge for charge in charges if charge.pk == violation.charge_id), None)
    if fine is None:
        raise AppealRefused(
            _("Ticket %(number)s has just changed. Try again.") % {"number": violation.number}, code="changed"
        )
    return fine


def lock_appeal(appeal: Appeal) -> Appeal:
    """The appeal with its ticket and appellant, locked."""
    locked = Appeal.objects.select_for_update(of=("self",)).select_related("user", "violation__offence")
    return locked.get(pk=appeal.pk)


def _over() -> AppealRefused:
    return AppealRefused(_("This appeal is submitted and can no longer be changed."), code="submitted")
