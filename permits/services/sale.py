"""Why something is not sold to a person now: every rule of a sale, once, in the words of the office and of the buyer."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from permits.capacity import Occupancy
from permits.errors import LotFull, PermitRefused
from permits.models import Lot, PermitType, SalesWindow
from permits.models.lot import Keys


@dataclass(frozen=True)
class Reason:
    """Why not: a stable word, what is so and what the office can do about it at which row, and what the buyer reads."""

    code: str
    text: str
    remedy: str
    said: str
    row: Model | None = None

    @property
    def office_page(self) -> str:
        """The name of the office's page of that row."""
        return f"admin:{self.row._meta.app_label}_{self.row._meta.model_name}_change" if self.row else ""

    def refusal(self) -> PermitRefused:
        """The same as an error."""
        return (LotFull if self.code in ("full", "queue") else PermitRefused)(self.said, code=self.code)


@dataclass(frozen=True)
class Asked:
    """What is wanted, by whom, and what is known of it. What is None is not looked at: the caller does not sell by it, or
    what comes before it stands in the way."""

    user: User
    lot: Lot
    at: datetime
    for_type: bool
    keys: Keys = field(default_factory=dict)
    permit_type: PermitType | None = None
    window: SalesWindow | None = None
    window_for_type: bool = True
    has_price: bool = True
    occupancy: Occupancy | None = None
    queued: int = 0
    permit: str = ""
    owned: Collection[int] = ()
    chosen: Collection[int] | None = None
    has_agreed: bool = True


def reasons_against(asked: Asked) -> Iterator[Reason]:
    """Every reason, in order: the lot, what it sells, when and for how much, its places, then the person."""
    yield from _against_lot(asked)
    if asked.permit_type is not None:
        yield from _against_type(asked.permit_type)
    if asked.window is not None:
        yield from _against_window(asked.window, asked.at)
        if not asked.window_for_type:
            yield _not_their_window(asked.window)
        if not asked.has_price:
            yield no_price(asked.window)
    yield from _against_places(asked)
    yield from _against_person(asked)


def check_sale(asked: Asked) -> None:
    """Refuse with the first reason, if there is one. PermitRefused, LotFull."""
    reason = next(reasons_against(asked), None)
    if reason is not None:
        raise reason.refusal()


def not_on_sale() -> str:
    """What a buyer reads where the sale is not open."""
    return _("This permit is not on sale now. Look at what the lot sells today.")


def no_price(window: SalesWindow) -> Reason:
    """Its price calendar begins later."""
    return Reason(
        "no-price",
        _("No price holds today."),
        _("Add a price from today or earlier to the window's price calendar."),
        _("This permit has no price yet. Ask the office when it goes on sale."),
        window,
    )


def _not_their_window(window: SalesWindow) -> Reason:
    """It sells to people of other user types."""
    return Reason(
        "not-your-window",
        _("The sales window does not sell to this person's user type."),
        _("Add the user type to the sales window, or change the person's."),
        _("This sale is for other users. Look at what the lot sells to you, and when, on the Permits page."),
        window,
    )


def _against_lot(asked: Asked) -> Iterator[Reason]:
    lot = asked.lot
    if lot.visibility == Lot.Visibility.HIDDEN:
        yield Reason(
            "hidden",
            _("The lot is hidden."),
            _("Set its visibility to visible, or to direct link."),
            not_on_sale(),
            lot,
        )
    if not lot.opens_with(asked.keys):
        yield Reason(
            "password",
            _("The lot asks for a password, once a session."),
            _("Tell the person the password, or remove it."),
            _("This lot asks for a password. Open its page and enter it."),
            lot,
        )
    if not asked.for_type:
        yield Reason(
            "not-for-you",
            _("The lot does not sell to this person's user type."),
            _("Add the user type to the lot, or change the person's."),
            _("This lot is for other users. Look at the lots on the Permits page."),
            lot,
        )


def _against_type(permit_type: PermitType) -> Iterator[Reason]:
    if not permit_type.active:
        yield Reason(
            "type-off",
            _("The permit type is off sale."),
            _("Turn on “on sale” at the permit type."),
            not_on_sale(),
            permit_type,
        )


def _against_window(window: SalesWindow, at: datetime) -> Iterator[Reason]:
    if not window.active:
        yield Reason(
            "window-off", _("The sales window is off."), _("Turn on “active” at the window."), not_on_sale(), window
        )
    if at < window.sale_starts:
        text = _("The sale starts on %(moment)s.") % {"moment": _moment(window.sale_starts)}
        yield Reason("not-yet", text, _("Wait, or let the sale start earlier."), not_on_sale(), window)
    if at >= window.sale_ends:
        text = _("The sale ended on %(moment)s.") % {"moment": _moment(window.sale_ends)}
        yield Reason("over", text, _("Let the sale end later, or add a window."), not_on_sale(), window)
    if window.valid_before <= today(at):
        text = _("Its permits ended before %(day)s.") % {"day": _day(window.valid_before)}
        yield Reason("past", text, _("Add a window for the time to come."), not_on_sale(), window)


def _against_places(asked: Asked) -> Iterator[Reason]:
    """Which limit is full (RULES 14)."""
    full = asked.occupancy
    if full is None or full.free > asked.queued:
        return
    if full.free:
        yield Reason(
            "queue",
            _("The places left are for the people on a waitlist: %(n)s wait.") % {"n": asked.queued},
            _("Make the offers on the waitlist's queue, or raise the lot's spaces."),
            _("The places left in %(lot)s go to the people on its waitlist. Join Waitlist, or look at the other lots.")
            % {"lot": asked.lot.name},
            asked.permit_type,
        )
        return
    numbers = {"taken": full.taken, "spaces": full.spaces}
    said = _("The last place in %(lot)s went a moment ago. Look at the other lots.") % {"lot": asked.lot.name}
    if full.limit == "type":
        text = _("The allocation of the permit type is full: %(taken)s of %(spaces)s are taken at the fullest moment.")
        remedy = _("Raise the allocation, or wait until a permit ends.")
        yield Reason("full", text % numbers, remedy, said, asked.permit_type)
    elif full.limit == "numbers":
        text = _("No good permit number is free for the whole time: %(taken)s of %(spaces)s are in use.")
        remedy = _("Add permit numbers, restore some, or wait until a permit ends.")
        yield Reason("full", text % numbers, remedy, said, asked.permit_type)
    else:
        text = _("The lot is full: %(taken)s of %(spaces)s spaces are taken at the fullest moment.")
        remedy = _("Look at closures and events of the lot, raise its spaces, or wait until a permit ends.")
        yield Reason("full", text % numbers, remedy, said, asked.lot)


def _against_person(asked: Asked) -> Iterator[Reason]:
    if asked.permit:
        yield Reason(
            "has-one",
            _("The person has permit %(number)s for it already.") % {"number": asked.permit},
            _("Nothing, or raise “permits of one person” at the permit type."),
            _("You have this permit already."),
        )
    if not (asked.owned if asked.chosen is None else asked.chosen):
        yield Reason(
            "no-vehicle",
            _("The person has no active vehicle."),
            _("The person adds a vehicle, or turns one on with Active."),
            _("Choose a vehicle. Permits go by plate."),
            asked.user,
        )
    elif asked.chosen is not None and not set(asked.chosen) <= set(asked.owned):
        yield Reason(
            "not-your-vehicle",
            _("A vehicle is not an active one of the person."),
            _("The person chooses an active vehicle."),
            _("Choose one of your active vehicles."),
            asked.user,
        )
    if not asked.has_agreed:
        yield Reason(
            "disclaimer",
            _("The person has not agreed to the Permit Disclaimer."),
            _("The person opens the Permits page and agrees."),
            _("Agree to the Permit Disclaimer on the Permits page first."),
            asked.user,
        )


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")


def _day(day: date) -> str:
    return date_format(day)
