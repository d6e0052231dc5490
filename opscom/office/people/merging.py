"""Two accounts of one person become one: everything of the duplicate moves to the keeper, and all money is kept."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import OperationalError
from django.db.models import Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import AccountEvent, CompanyMembership, User
from accounts.services.history import note_event
from opscom.lib.append_only import rewriting_history
from opscom.lib.errors import PortalError
from opscom.lib.money import ZERO
from opscom.office.people.duplicates import join_cards, join_vehicles, same_plates
from opscom.office.people.relations import RELATIONS, Kept, Relation
from payments.models import Charge, LedgerEntry, Payment, Receipt
from permits.models import Permit

logger = logging.getLogger(__name__)
FOLLOWED = timedelta(days=2)


TRIES, PAUSE = 20, 0.1  # seconds
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's SQLSTATE


class NotMerged(PortalError):
    """The two accounts stay two."""


class Busy(Exception):
    """A row is in somebody's hands just now."""


@dataclass(frozen=True)
class Balance:
    """What somebody owes and has paid, and what the office holds for them."""

    owed: Decimal
    paid: Decimal
    surplus: Decimal
    receipts: int


@dataclass(frozen=True)
class Move:
    """What becomes of one kind of row: so many move, so many go because the keeper has them already."""

    words: str | Promise
    moved: int
    gone: int


@dataclass(frozen=True)
class Preview:
    """What a merge would do."""

    moves: list[Move]
    keeper: Balance
    duplicate: Balance
    together: Balance
    refusals: list[str]


def preview_merge(keeper: User, duplicate: User, *, by: User) -> Preview:
    """Counts and sums as they are now; nothing is changed."""
    moves: dict[str, Move] = {}
    for relation in _moving():
        rows = relation.rows(duplicate)
        gone, stays = _going(relation, rows, keeper).count(), _staying(relation, rows, keeper).count()
        words = str(relation.words)
        before = moves.get(words, Move(words, 0, 0))
        moves[words] = Move(words, before.moved + rows.count() - gone - stays, before.gone + gone)
    return Preview(
        moves=[move for move in moves.values() if move.moved or move.gone],
        keeper=balance_of(keeper),
        duplicate=balance_of(duplicate),
        together=balance_of(keeper, duplicate),
        refusals=refusals(keeper, duplicate, by=by),
    )


def balance_of(*people: User) -> Balance:
    """The money of these people together."""
    charges = Charge.objects.filter(payer__in=people).open().with_standing()
    paid = Payment.objects.filter(checkout__user__in=people, state=Payment.State.CONFIRMED)
    surplus = LedgerEntry.objects.filter(payment__in=paid, account=LedgerEntry.Account.SURPLUS)
    return Balance(
        owed=sum((charge.owed for charge in charges), start=ZERO),
        paid=paid.aggregate(sum=Sum("received"))["sum"] or ZERO,
        surplus=-(surplus.aggregate(sum=Sum("amount"))["sum"] or ZERO),
        receipts=Receipt.objects.filter(payment__checkout__user__in=people).count(),
    )


def refusals(keeper: User, duplicate: User, *, by: User) -> list[str]:
    """Why these two cannot be merged now, each with what to do first."""
    if keeper.pk == duplicate.pk:
        return [_("This is one and the same account. Name the other one.")]
    checks = [
        (by.pk in (keeper.pk, duplicate.pk), _("Nobody merges their own account. Ask a colleague.")),
        (keeper.is_staff or duplicate.is_staff, _("One of them works in the office. Take it off the staff first.")),
        (not keeper.is_active, _("The account to keep is switched off. Open it again first, or keep the other one.")),
        (
            duplicate.merged_into_id is not None or duplicate.erased_at is not None,
            _("The duplicate is merged or erased already."),
        ),
        (duplicate.closed_at is not None, _("The person closed the duplicate. Open it again first.")),
        (_two_companies(keeper, duplicate), _("They belong to two companies. Take one of them out first.")),
        (
            all(Payment.objects.filter(checkout__user=user).in_flight().exists() for user in (keeper, duplicate)),
            _("Both have a card payment under way. Wait until one of them has ended."),
        ),
        (
            same_plates(Permit.objects.filter(holder=duplicate), keeper).exists(),
            _("Both have a permit for the same plate at the same time. Cancel one of them first."),
        ),
        (_same_window(keeper, duplicate), _("Both have a permit of the same sales window. Cancel one of them first.")),
    ]
    return [words for refused, words in checks if refused]


def merge_users(keeper: User, duplicate: User, *, by: User, at: datetime | None = None) -> User:
    """Everything of the duplicate becomes the keeper's; the duplicate is switched off and points at the keeper. Money before
    and after is compared, and a difference undoes it all. A merge waits for nobody while it holds anything, so that no payer
    can meet it in a deadlock: where a row is in use it lets go of all and tries again. NotMerged says what to do first."""
    for _try in range(TRIES):
        with suppress(Busy):
            return _merge(keeper, duplicate, by, at or timezone.now())
        time.sleep(PAUSE)
    raise NotMerged(
        _("One of the two accounts is in use just now, so nothing was changed. Try again in a minute."), code="busy"
    )


@rewriting_history()
def _merge(keeper: User, duplicate: User, by: User, at: datetime) -> User:
    keys = _lock_rows(duplicate)
    keeper, duplicate = _lock_people(keeper, duplicate)
    if found := refusals(keeper, duplicate, by=by):
        raise NotMerged(found[0])
    before = balance_of(keeper, duplicate)
    _move_rows(keeper, duplicate, keys)
    duplicate.is_active, duplicate.merged_into, duplicate.merged_at = False, keeper, at
    duplicate.session_generation += 1
    duplicate.save(update_fields=["is_active", "merged_into", "merged_at", "session_generation"])
    note_event(keeper, AccountEvent.Verb.MERGED_FROM, by=by, detail=duplicate.email, at=at)
    note_event(duplicate, AccountEvent.Verb.MERGED_INTO, by=by, detail=keeper.email, at=at)
    if balance_of(keeper) != before or balance_of(duplicate) != Balance(ZERO, ZERO, ZERO, 0):
        logger.warning("merge of user %s into %s undone: the sums differ", duplicate.pk, keeper.pk)
        raise Busy
    return keeper


def follow_merges(*, at: datetime | None = None) -> int:
    """A request that was under way while its person was merged may leave a row at the duplicate: move it, too. Answers how
    many duplicates had some."""
    at = at or timezone.now()
    followed = 0
    for duplicate in User.objects.filter(merged_at__gt=at - FOLLOWED).order_by("pk"):
        with suppress(Busy):  # the next sweep finds it again
            followed += _follow(duplicate)
    return followed


@rewriting_history()
def _follow(duplicate: User) -> bool:
    keys = _lock_rows(duplicate)
    told = AccountEvent.objects.filter(user=duplicate, verb=AccountEvent.Verb.MERGED_INTO).values_list("pk", flat=True)
    keys["accounts.AccountEvent.user"] = sorted(set(keys["accounts.AccountEvent.user"]) - set(told))
    keeper, duplicate = _lock_people(User.objects.get(merged_from=duplicate), duplicate)
    for relation in _moving():
        staying = _staying(relation, relation.rows(duplicate), keeper).values_list("pk", flat=True)
        keys[relation.label] = sorted(set(keys[relation.label]) - set(staying))
    if not any(keys.values()):
        return False
    _move_rows(keeper, duplicate, keys)
    return True


def _moving() -> list[Relation]:
    """The columns that a merge changes, in the one order of locks."""
    return sorted((r for r in RELATIONS if not isinstance(r.merge, Kept)), key=lambda relation: relation.lock)


def _going(relation: Relation, rows: Any, keeper: User) -> Any:
    if relation.drop:
        return rows
    return relation.gives_way(rows, keeper) if relation.gives_way else rows.none()


def _staying(relation: Relation, rows: Any, keeper: User) -> Any:
    return relation.stays(rows, keeper) if relation.stays else rows.none()


def _lock_rows(duplicate: User) -> dict[str, list[int]]:
    """Lock everything that will move, in the one order; answers the keys by relation. Busy where somebody has one."""
    keys = {}
    with _busy_if_locked():
        for relation in _moving():
            rows = relation.rows(duplicate).order_by("pk").select_for_update(nowait=True, no_key=True)
            keys[relation.label] = list(rows.values_list("pk", flat=True))
            if relation.label == "payments.Checkout.user":
                payments = Payment.objects.filter(checkout__in=keys[relation.label]).order_by("pk")
                list(payments.select_for_update(nowait=True, no_key=True).values_list("pk", flat=True))
    return keys


def _lock_people(keeper: User, duplicate: User) -> tuple[User, User]:
    """Both, lower key first."""
    pair = User.objects.select_for_update(nowait=True, no_key=True).filter(pk__in=(keeper.pk, duplicate.pk))
    with _busy_if_locked():
        people = {user.pk: user for user in pair.order_by("pk")}
    return people[keeper.pk], people[duplicate.pk]


@contextmanager
def _busy_if_locked() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        raise Busy from error


def _move_rows(keeper: User, duplicate: User, keys: dict[str, list[int]]) -> None:
    """Only what is locked: what arrived since follows with the next sweep."""
    join_vehicles(keeper, duplicate)
    join_cards(keeper, duplicate)
    for relation in _moving():
        rows = relation.rows(duplicate).filter(pk__in=keys[relation.label])
        going = _going(relation, rows, keeper)
        if relation.drop and not isinstance(relation.erase, Kept):
            relation.erase(going)
        else:
            going.delete()
        staying = list(_staying(relation, rows, keeper).values_list("pk", flat=True))
        rows.exclude(pk__in=staying).update(**{relation.field: keeper})


def _two_companies(keeper: User, duplicate: User) -> bool:
    companies = CompanyMembership.objects.filter(user__in=(keeper, duplicate)).order_by()
    return companies.values("company").distinct().count() > 1


def _same_window(keeper: User, duplicate: User) -> bool:
    """A person has one permit of a window, held or paid."""
    takes = {"state__in": [Permit.State.HELD, Permit.State.ACTIVE]}
    windows = Permit.objects.filter(holder=keeper, **takes).values("window")
    return Permit.objects.filter(holder=duplicate, window__in=windows, **takes).exists()
