"""The whole of a person: what is on the page, in its order, and what the viewer may do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.money import format_money
from opscom.lib.panels import Cell, Deed, Panel, list_of
from opscom.office.whole import identity, money, papers, parking
from opscom.office.whole.subject import Person


@dataclass(frozen=True)
class Part:
    """A panel for those who have that right."""

    right: str
    draw: Callable[[Person], Panel]


PARTS: tuple[Part, ...] = (
    Part("accounts.view_personnote", papers.notes),
    Part("payments.view_charge", money.owed),
    Part("violations.view_violation", parking.tickets),
    Part("permits.view_permit", parking.permits),
    Part("vehicles.view_vehicle", parking.vehicles),
    Part("permits.view_waitlistentry", parking.waitlists),
    Part("lockers.view_lockerterm", parking.lockers),
    Part("payments.view_payment", money.payments),
    Part("payments.view_ledgerentry", money.account),
    Part("accounts.view_mail", papers.mails),
    Part("accounts.view_textmessage", papers.texts),
    Part("accounts.view_accountupload", papers.uploads),
    Part("forms_module.view_submission", papers.forms),
    Part("accounts.view_user", papers.events),
)


def whole_person(user: User, viewer: User) -> dict[str, Any]:
    """What the page needs: facts, standing, deeds, panels. The number of queries is that of the panels."""
    person = Person.seen_by(user, viewer)
    standing = identity.standing_of(person)
    if person.may("payments.view_charge"):
        standing.append(_debt(person))
    if person.may("payments.view_adjustment") and person.credit:
        adjustments = list_of("payments_adjustment", user__id__exact=user.pk)
        standing.append(Cell(_("Credit %(sum)s") % {"sum": format_money(person.credit)}, adjustments, pill="held"))
    return {
        "facts": identity.facts_of(person),
        "standing": standing,
        "deeds": deeds_for(user, viewer),
        "panels": [part.draw(person) for part in PARTS if person.may(part.right)],
    }


def deeds_for(user: User, viewer: User) -> list[Deed]:
    """What this viewer may do for, or to, that person. Somebody who works in the office is nobody's customer here."""
    customer = not user.is_staff
    here = user.is_active and customer
    reopens = not (user.is_active or user.merged_into_id or user.erased_at)
    found = [
        (customer, "payments.process_payment", _("Payments"), _page("payments_payment_person", user), True),
        (here, "payments.add_adjustment", _("Add Credit"), _page("payments_payment_addcredit", user), False),
        (here, "accounts.act_user", _("Act for this person"), _page("accounts_user_act", user), True),
        (here, "accounts.act_user", _("Sell a permit"), f"{_page('accounts_user_act', user)}?to=permits", False),
        (here, "lockers.add_lockerterm", _("Give a locker"), _add("lockers_lockerterm", user), False),
        (True, "payments.view_ledgerentry", _("Statement"), _page("accounts_user_statement", user), False),
        (here, "accounts.merge_user", _("Merge a duplicate"), _page("accounts_user_merge", user), False),
        (here, "accounts.archive_user", _("Archive"), _page("accounts_user_archive", user), False),
        (customer and reopens, "accounts.archive_user", _("Open again"), _page("accounts_user_restore", user), False),
        (True, "accounts.view_user", _("Details"), f"{_page('accounts_user_change', user)}?details=1", False),
        (True, "accounts.view_user", _("History"), _page("accounts_user_history", user), False),
    ]
    return [Deed(words, link, main) for now, right, words, link, main in found if now and viewer.has_perm(right)]


def _debt(person: Person) -> Cell:
    if not person.owed:
        return Cell(_("Owes nothing"), pill="paid")
    return Cell(_("Owes %(sum)s") % {"sum": format_money(person.sum_owed)}, "#owed", pill="owed")


def _page(name: str, user: User) -> str:
    return reverse(f"admin:{name}", args=[user.pk])


def _add(model: str, user: User) -> str:
    return f"{reverse(f'admin:{model}_add')}?user={user.pk}"
