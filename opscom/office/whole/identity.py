"""Who a person is: the facts at the top of the page."""

from django.utils.translation import gettext as _

from accounts.models import CompanyMembership, User
from accounts.services.acting import membership_of
from accounts.services.second_factor import has_second_factor
from opscom.lib.dates import today
from opscom.lib.panels import Cell, Fact, day, moment, page_of
from opscom.office.whole.subject import Person


def facts_of(person: Person) -> list[Fact]:
    """What is known; one query, for the addresses."""
    user = person.user
    membership = membership_of(user)
    found = [
        (_("E-mail"), [Cell(user.email, f"mailto:{user.email}")]),
        (_("Telephone"), [Cell(str(user.phone), f"tel:{user.phone}")] if user.phone else []),
        (_("Type"), [Cell(str(user.user_type))] if user.user_type else []),
        (_("Number"), [Cell(user.organisation_number)] if user.organisation_number else []),
        (
            _("Company"),
            [Cell(_place(membership), page_of("accounts_company", membership.company_id))] if membership else [],
        ),
        (_("Language"), [Cell(user.get_language_display())]),
        (_("Logs in by"), [Cell(_how(user))]),
        (_("Joined"), [day(today(user.date_joined))]),
        (_("Last login"), [moment(user.last_login)] if user.last_login else []),
        (_("Addresses"), _addresses(user)),
    ]
    return [Fact(label, cells) for label, cells in found if cells]


def standing_of(person: Person) -> list[Cell]:
    """In a word each: whether the account is open, and what is owed."""
    user, cells = person.user, []
    if user.erased_at:
        cells.append(Cell(_("Personal details erased"), pill="expired"))
    elif user.merged_into_id:
        cells.append(
            Cell(_("Merged into another account"), page_of("accounts_user", user.merged_into_id), pill="expired")
        )
    elif user.closed_at:
        cells.append(Cell(_("Closed by the person"), pill="expired"))
    elif not user.is_active:
        cells.append(Cell(_("Archived"), pill="expired"))
    else:
        cells.append(Cell(_("Account open"), pill="active"))
    if user.is_staff:
        cells.append(Cell(_("Office staff"), pill="review"))
    return cells


def _how(user: User) -> str:
    factor = _("with a one-time password") if has_second_factor(user) else _("without a one-time password")
    return f"{user.get_login_source_display()}, {factor}"


def _addresses(user: User) -> list[Cell]:
    return [
        Cell(f"{address.get_kind_display()}: {address}", page_of("accounts_address", address.pk))
        for address in user.addresses.all()
    ]


def _place(membership: CompanyMembership) -> str:
    return f"{membership.company}, {membership.get_role_display()}"
