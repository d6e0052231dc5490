"""The messages of permits."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import override

from accounts.models import User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail, queue_mail_to
from opscom.lib.office import office
from payments.cancellation import CancelQuote
from permits.errors import PROBLEMS
from permits.models import HangTag, LotBlock, Permit, PermitBan, PermitTerm, PermitVehicle, Reprint, TextConversation


def send_hold_lapsed(permit: Permit, *, form: str = "") -> None:
    """The place is free again; it can be reserved anew, unless the `form` of that name was not approved."""
    queue_mail_to(
        permit.holder,
        MailKind.HOLD_LAPSED,
        key=f"lapsed:{permit.code}:{permit.held_until:%Y%m%d%H%M%S}",
        context={"permit": permit, "form": form, "action_url": settings.BASE_URL + reverse("permits:list")},
    )


def send_lot_closed(person: User, block: LotBlock) -> None:
    """A closure or event concerns a permit of theirs: once a person and its dates; needs `lot`."""
    dates = f"{block.starts_at:%Y%m%d%H%M}-{block.ends_at:%Y%m%d%H%M}"
    with override(person.language):
        text = block.public_text
    queue_mail_to(
        person,
        MailKind.LOT_CLOSED,
        key=f"closed:{block.pk}:{dates}:{person.pk}",
        context={
            "lot": block.lot,
            "starts": block.starts_at,
            "ends": block.ends_at,
            "text": text,
            "action_url": settings.BASE_URL + reverse("permits:list"),
        },
    )


def send_closure_off(person: User, block: LotBlock) -> None:
    """A closure of which they were told does not take place; needs `lot`."""
    queue_mail_to(
        person,
        MailKind.CLOSURE_OFF,
        key=f"closure-off:{block.pk}:{person.pk}",
        context={
            "lot": block.lot,
            "starts": block.starts_at,
            "ends": block.ends_at,
            "action_url": settings.BASE_URL + reverse("permits:list"),
        },
    )


def send_privileges_lost(ban: PermitBan) -> None:
    """No permits any more, or until a day: why, and what the person can do."""
    queue_mail_to(
        ban.user,
        MailKind.PRIVILEGES_LOST,
        key=f"privileges-lost:{ban.pk}",
        context={
            "reason": ban.reason,
            "day": ban.ends_before,
            "action_url": settings.BASE_URL + reverse("home"),
        },
    )


def send_privileges_back(ban: PermitBan) -> bool:
    """The person gets permits again, told once. True where it was written now."""
    mail = queue_mail_to(
        ban.user,
        MailKind.PRIVILEGES_BACK,
        key=f"privileges-back:{ban.pk}",
        context={"action_url": settings.BASE_URL + reverse("permits:list")},
    )
    return mail is not None


def send_permit_cancelled(permit: Permit, quote: CancelQuote, *, form: str = "") -> None:
    """Its holder gave it up, or the `form` of that name was not approved; what comes back, and where to."""
    queue_mail_to(
        permit.holder,
        MailKind.PERMIT_CANCELLED,
        key=f"cancelled:{permit.code}",
        context={
            "permit": permit,
            "form": form,
            "parts": quote.parts,
            "paid": quote.paid,
            "fee": quote.back.fee,
            "lines": [(part.where, part.amount) for part in quote.parts],
            "total": quote.amount,
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[permit.code]),
        },
    )


def send_permit_passed_on(permit: Permit) -> None:
    """The office has given its place to another person; no money comes back by that."""
    queue_mail_to(
        permit.holder,
        MailKind.PERMIT_CANCELLED,
        key=f"cancelled:{permit.code}",
        context={
            "permit": permit,
            "passed_on": True,
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[permit.code]),
        },
    )


def send_permit_exchanged(new: Permit, old: Permit | None) -> None:
    """The new permit is valid from now on, and the old one, if there was one, is not any more. What comes back of it has a
    message of its own."""
    queue_mail_to(
        new.holder,
        MailKind.PERMIT_EXCHANGED,
        key=f"exchanged:{new.code}",
        context={
            "permit": new,
            "old": old,
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[new.code]),
        },
    )


def send_courtesy_car(permit: Permit, link: PermitVehicle, *, first: date, last: date) -> None:
    """Another plate is on the permit for some days."""
    queue_mail_to(
        permit.holder,
        MailKind.COURTESY_CAR,
        key=f"courtesy:{link.pk}",
        context={
            "permit": permit,
            "vehicle": link.vehicle,
            "first": first,
            "last": last,
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[permit.code]),
        },
    )


def send_tag(tag: HangTag, *, ready: bool) -> None:
    """The hang tag lies ready to be picked up, or is in the post."""
    queue_mail_to(
        tag.permit.holder,
        MailKind.TAG_READY if ready else MailKind.TAG_POSTED,
        key=f"tag:{tag.pk}:{tag.state}",
        context={
            "permit": tag.permit,
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[tag.permit.code]),
        },
    )


def send_permit_stolen(report: Reprint) -> None:
    """To the office, where it wants to hear of such things: which copies are no longer good."""
    if not office().staff_email:
        return
    queue_mail(
        MailKind.PERMIT_STOLEN,
        to=office().staff_email,
        language=settings.LANGUAGE_CODE,
        key=f"stolen:{report.pk}",
        context={
            "report": report,
            "permit": report.permit,
            "action_url": settings.BASE_URL + reverse("admin:permits_permit_change", args=[report.permit_id]),
        },
    )


def send_text_parked(permit: Permit, talk: TextConversation) -> None:
    """Bought, or made longer, by text: until when it holds; needs `lot`."""
    queue_mail_to(
        talk.user,
        MailKind.TEXT_PARKED,
        key=f"text-parked:{talk.pk}",
        context={
            "permit": permit,
            "talk": talk,
            "plates": ", ".join(vehicle.plate for vehicle in permit.vehicles.all()),
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[permit.code]),
        },
    )


def send_permit_expires(permit: Permit) -> None:
    """It ends soon; the lots show what can be had next."""
    queue_mail_to(
        permit.holder,
        MailKind.PERMIT_EXPIRES,
        key=f"expires:{permit.code}:{permit.valid_before:%Y%m%d}",
        context={"permit": permit, "action_url": settings.BASE_URL + reverse("permits:list")},
    )


def send_rollover_failed(term: PermitTerm) -> None:
    """The card did not pay the next month: the holder pays on the Payments page, once a month and reason."""
    queue_mail_to(
        term.permit.holder,
        MailKind.ROLLOVER_FAILED,
        key=f"rollover-failed:{term.pk}:{term.problem}",
        context={
            "permit": term.permit,
            "problem": PROBLEMS[term.problem],
            "lines": [(term.charge.description, term.charge.amount)],
            "total": term.charge.amount,
            "last_day": term.permit.last_day,
            "action_url": settings.BASE_URL + reverse("payments:list"),
        },
    )


def send_rollover_stopped(permit: Permit, problem: str | Promise, *, day: date) -> None:
    """The permit does not go on with the month that would begin on that day, and why."""
    queue_mail_to(
        permit.holder,
        MailKind.ROLLOVER_STOPPED,
        key=f"rollover-stopped:{permit.code}:{day:%Y%m%d}:{problem!s:.20}",
        context={
            "permit": permit,
            "problem": problem,
            "last_day": permit.last_day,
            "action_url": settings.BASE_URL + reverse("permits:list"),
        },
    )


def send_rollover_price(permit: Permit, *, price: Decimal, before: Decimal, day: date) -> bool:
    """The next month costs something else; told once a price. True where it was written now."""
    mail = queue_mail_to(
        permit.holder,
        MailKind.ROLLOVER_PRICE,
        key=f"rollover-price:{permit.code}:{permit.valid_before:%Y%m%d}:{price}",
        context={
            "permit": permit,
            "price": price,
            "before": before,
            "day": day,
            "action_url": settings.BASE_URL + reverse("permits:detail", args=[permit.code]),
        },
    )
    return mail is not None
