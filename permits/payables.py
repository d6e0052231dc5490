"""What payments may ask of a permit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opscom.lib.dates import Period, today
from opscom.lib.states import change_state
from opscom.lib.work import hint
from payments.errors import PaymentRefused
from payments.models import Charge
from payments.payables import Payable
from permits.capacity import occupancy
from permits.models import HourBlock, HourEntry, Lot, Permit, PermitBan, PermitTerm
from permits.services.activation import activate_permit
from permits.services.bans import ban_of, ban_words
from permits.services.conflicts import lock_person, second_permit_in
from permits.services.exchange import lock_exchange, take_effect, take_up_again
from permits.services.needed_forms import is_unapproved
from permits.services.numbers import keeps_number, number_again
from permits.services.renewal import note
from permits.services.reserve import extend_hold

RECOVERED_HOLD = timedelta(minutes=10)


class PermitPayable(Payable):
    """A permit's charge: the place is held while it is unpaid."""

    label = gettext_lazy("Permits")

    def check(self, charge: Charge, at: datetime) -> None:
        bans = PermitBan.objects.in_force(at).filter(user=OuterRef("holder"))
        permit = _locked_after_exchange(charge, is_banned=Exists(bans))
        if permit.state == Permit.State.SUSPENDED or _is_passed_on(permit):
            return
        if permit.state != Permit.State.HELD or permit.held_until is None or permit.held_until <= at:
            raise PaymentRefused(
                _("The time to pay for permit %(number)s is over and its place is free again. Reserve it anew.")
                % {"number": permit.number},
                code="lapsed",
            )
        if getattr(permit, "is_banned", True):  # a later permit of an exchange comes without the answer
            _refuse_banned(permit, at)

    def keep_until(self, charge: Charge, until: datetime) -> None:
        extend_hold(charge, until=until)

    def may_use_stored_card(self, charges: Sequence[Charge]) -> bool:
        """Temporary parking, and nothing else."""
        return not Permit.objects.filter(charge__in=charges, starts_at=None).exists()

    def on_settled(self, charge: Charge, at: datetime) -> None:
        permit = _locked(charge)
        if permit.state == Permit.State.HELD and permit.replaces_id:
            old, permit = lock_exchange(permit)
            take_effect(permit, old, at=at)
        elif permit.state == Permit.State.HELD:
            activate_permit(permit, at=at)
        elif (permit := _locked_after_exchange(charge)).state == Permit.State.SUSPENDED:
            change_state(permit, "resume", at=at, reason="paid again")

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        permit = _locked_after_exchange(charge)
        if permit.state == Permit.State.ACTIVE:
            change_state(permit, "suspend", at=at, reason="its payment was undone")
        if permit.state == Permit.State.SUSPENDED or _is_passed_on(permit):
            charge.held_until = None  # the place is no longer held against a clock
            charge.save(update_fields=["held_until"])

    def is_passed_on(self, charge: Charge) -> bool:
        return _is_passed_on(_locked_after_exchange(charge))

    def recover(self, charge: Charge, at: datetime) -> bool:
        """Paid after the hold lapsed: take the place again if one is left and the person, who gets permits still, has no other
        (RULES 6). What waited for a form that is not approved stays ended."""
        found = Permit.objects.select_related("review", "holder").get(charge=charge)
        if is_unapproved(found, at=at):
            return False
        if found.replaces_id:
            if not take_up_again(charge, at=at):
                return False
            permit = _locked(charge)
            number_again(permit)
            change_state(permit, "hold_again", at=at, reason="paid late", held_until=at + RECOVERED_HOLD)
            return True
        Lot.objects.select_for_update(of=("self",)).get(permits__charge=charge)
        permit = _locked(charge)
        if permit.state != Permit.State.RELEASED or _has_another(permit) or permit.is_over(at):
            return False
        if _is_banned(permit, at) or second_permit_in(permit, permit.period):
            return False
        if not occupancy(permit.permit_type, permit.period).free:
            return False
        number_again(permit)
        change_state(permit, "hold_again", at=at, reason="paid late", held_until=at + RECOVERED_HOLD)
        return True


class RolloverPayable(Payable):
    """The charge of a permit's next month: the place is kept until the grace ends."""

    label = gettext_lazy("Permit Rollover")

    def check(self, charge: Charge, at: datetime) -> None:
        term = _locked_term(charge)
        if term.permit.state == Permit.State.SUSPENDED or _is_passed_on(term.permit):
            return
        if term.state != PermitTerm.State.DUE or term.lapses_at <= at or term.permit.state != Permit.State.ACTIVE:
            raise PaymentRefused(
                _("Permit %(number)s has ended, so its next month is not owed any more. Reserve a new permit.")
                % {"number": term.permit.number},
                code="lapsed",
            )
        _refuse_banned(term.permit, at)

    def keep_until(self, charge: Charge, until: datetime) -> None:
        if PermitTerm.objects.filter(charge=charge, lapses_at__lt=until).update(lapses_at=until):
            Charge.objects.filter(pk=charge.pk).update(held_until=until)

    def on_settled(self, charge: Charge, at: datetime) -> None:
        from permits.tasks import prepare_permit_pdf

        term = _locked_term(charge)
        if term.permit.state == Permit.State.SUSPENDED:
            change_state(term.permit, "resume", at=at, reason="paid again")
        if term.state != PermitTerm.State.DUE:
            return
        change_state(term, "pay", at=at, next_try_at=None, problem="")
        permit = term.permit
        permit.valid_before = term.ends_before
        permit.save(update_fields=["valid_before"])
        note(permit, "renewed", at=at)
        hint(prepare_permit_pdf, permit_id=permit.pk)

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        permit = _locked_term(charge).permit
        if permit.state == Permit.State.ACTIVE:
            change_state(permit, "suspend", at=at, reason="its payment was undone")

    def is_passed_on(self, charge: Charge) -> bool:
        return _is_passed_on(_locked_term(charge).permit)

    def recover(self, charge: Charge, at: datetime) -> bool:
        """Paid after the grace: the month is given if it is not over, the permit was not followed by another month, a place
        is left (RULES 6), and the holder gets permits still."""
        Lot.objects.select_for_update(of=("self",)).get(permits__terms__charge=charge)
        term = _locked_term(charge)
        ended = term.state in (PermitTerm.State.LAPSED, PermitTerm.State.CANCELLED)
        period = Period(max(today(at), term.permit.valid_before), term.ends_before)
        if not ended or term.permit.state != Permit.State.ACTIVE or period.end <= period.start:
            return False
        if term.permit.terms.filter(starts_on__gt=term.starts_on).exists() or not keeps_number(term.permit, period):
            return False
        if _is_banned(term.permit, at) or second_permit_in(term.permit, period):
            return False
        if not occupancy(term.permit.permit_type, period, numbers=False).free:
            return False
        change_state(term, "take_again", at=at, reason="paid late")
        return True


class VisitorHoursPayable(Payable):
    """The charge of a block of visitor hours: they are there while it is paid."""

    label = gettext_lazy("Visitor hours")

    def check(self, charge: Charge, at: datetime) -> None:
        if charge.held_until is not None and charge.held_until <= at:
            raise PaymentRefused(_("The time to pay for these visitor hours is over. Buy them anew."), code="lapsed")
        if charge.held_until is not None and charge.payer and (ban := ban_of(charge.payer, at=at)):
            raise PaymentRefused(
                _("%(ban)s So these visitor hours cannot be paid: they could not be used. Nothing is owed for them.")
                % {"ban": _sentence(ban)},
                code="banned",
            )

    def keep_until(self, charge: Charge, until: datetime) -> None:
        Charge.objects.filter(pk=charge.pk, held_until__lt=until).update(held_until=until)

    def most_refundable(self, charge: Charge) -> Decimal | None:
        """The price of the hours that nobody parked or booked; once it is refunded, these are gone."""
        return HourBlock.objects.with_left().get(charge=charge).worth

    def on_settled(self, charge: Charge, at: datetime) -> None:
        for permit in _booked_with(charge, Permit.State.SUSPENDED):
            change_state(permit, "resume", at=at, reason="paid again")

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        for permit in _booked_with(charge, Permit.State.ACTIVE):
            if not permit.is_over(at):
                change_state(permit, "suspend", at=at, reason="its payment was undone")
        charge.held_until = None
        charge.save(update_fields=["held_until"])

    def recover(self, charge: Charge, at: datetime) -> bool:
        """Paid late: hours are not scarce, so they are given as long as they can be parked (RULES 6)."""
        return HourBlock.objects.filter(charge=charge, ends_before__gt=today(at)).exists()


def _booked_with(charge: Charge, state: Permit.State) -> list[Permit]:
    """Visits that hours of that block paid, locked."""
    spent = HourEntry.objects.filter(block__charge=charge).values("permit")
    return list(Permit.objects.select_for_update(of=("self",)).filter(pk__in=spent, state=state).order_by("pk"))


def _has_another(permit: Permit) -> bool:
    """The person has reserved anew meanwhile: in the same sales window, another renewal, or a temporary permit of those hours."""
    others = Permit.objects.filter(holder=permit.holder_id, state__in=Permit.UNRELEASED).exclude(pk=permit.pk)
    if permit.renews_id is not None and others.filter(renews=permit.renews_id).exists():
        return True
    if permit.window_id is not None:
        return others.filter(window=permit.window_id).count() >= permit.permit_type.per_window
    return others.filter(
        permit_type=permit.permit_type_id, starts_at__lt=permit.ends_at, ends_at__gt=permit.starts_at
    ).exists()


def _refuse_banned(permit: Permit, at: datetime) -> None:
    """PaymentRefused where the holder has lost the privileges since."""
    if ban := ban_of(permit.holder, at=at):
        raise PaymentRefused(
            _(
                "%(ban)s So permit %(number)s cannot be paid: its place goes to somebody else, and nothing is owed for it. If you think that this is a mistake, tell the office."
            )
            % {"ban": _sentence(ban), "number": permit.number},
            code="banned",
        )


def _sentence(ban: PermitBan) -> str:
    """What keeps the person from permits, ended so that another sentence may follow."""
    words = ban_words(ban)
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _is_banned(permit: Permit, at: datetime) -> bool:
    """Whether the holder, who is locked from now on, has lost the privileges meanwhile: then staff decide."""
    return ban_of(lock_person(permit.holder_id), at=at) is not None


def _locked_term(charge: Charge) -> PermitTerm:
    """The month, after its permit."""
    permit = Permit.objects.select_for_update(of=("self",)).select_related("holder").get(terms__charge=charge)
    term = PermitTerm.objects.select_for_update(of=("self",)).get(charge=charge)
    term.permit = permit
    return term


def _locked(charge: Charge, **asked: Exists) -> Permit:
    """The permit of a charge, with what is asked about it besides."""
    permits = Permit.objects.select_for_update(of=("self",)).select_related("permit_type", "holder", "waitlist_offer")
    return permits.annotate(**asked).get(charge=charge)


def _locked_after_exchange(charge: Charge, **asked: Exists) -> Permit:
    """The permit of the same person that stands today on what the charge paid: its own, the one that it was exchanged for, or
    the one whose place they got for it in a swap."""
    permit = _locked(charge, **asked)
    while permit.state == Permit.State.CANCELLED and (following := _following(permit)):
        permit = following
    return permit


def _following(permit: Permit) -> Permit | None:
    """What its holder got for it, locked; nothing where it was given up or passed on."""
    taken = Permit.objects.filter(state__in=Permit.TAKEN).order_by("-pk")
    later = taken.filter(replaces=permit).first()
    if later is None:
        return None
    theirs = Q(pk=later.pk) | Q(replaces__holder=later.holder_id, reserved_at=later.reserved_at)  # both sides of a swap
    return taken.select_for_update(of=("self",)).filter(theirs, holder=permit.holder_id).first()


def _is_passed_on(permit: Permit) -> bool:
    """It ended because another person has its place, for which these owe nothing."""
    if permit.state != Permit.State.CANCELLED:
        return False
    return permit.replacements.filter(state__in=Permit.TAKEN).exclude(holder=permit.holder_id).exists()
