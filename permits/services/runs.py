"""Rollovers of the office: looked at before anybody is charged, then done permit by permit, each in its own transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.work import hint
from payments.models import StoredCard
from payments.services.taxes import taxes_for
from permits import emails
from permits.capacity import occupancies
from permits.errors import PROBLEMS, LotFull, PermitRefused
from permits.models import Permit, PermitBan, PermitTerm, RolloverItem, RolloverRun
from permits.services import exclusions
from permits.services.needed_permits import other_words
from permits.services.renewal import (
    KIND,
    collect_term,
    next_period,
    obstacle_to,
    open_term,
    owes_fines,
    to_pay,
    usable_card,
    with_rights,
)
from permits.services.rollover import rolling_over

LEASE = timedelta(minutes=5)
AT_ONCE = 40
Outcome = RolloverItem.Outcome


@dataclass(frozen=True)
class Rehearsed:
    """What a run would do with one permit. `problem` is a stable word, or nothing; `left_out`: staff leave it out until that
    day."""

    permit: Permit
    period: Period
    amount: Decimal | None
    card: StoredCard | None
    problem: str
    left_out: date | None = None
    may_wait: bool = True

    @property
    def reason(self) -> str:
        """The problem in words."""
        return str(PROBLEMS[self.problem]) if self.problem else ""


@dataclass(frozen=True)
class Rehearsal:
    """What a run would do, without anybody being charged."""

    through: date
    lines: list[Rehearsed] = field(default_factory=list)

    @property
    def good(self) -> list[Rehearsed]:
        """Those that are expected to be paid."""
        return [line for line in self.lines if not line.problem and not line.left_out]

    @property
    def bad(self) -> list[Rehearsed]:
        """Those that are expected to fail."""
        return [line for line in self.lines if line.problem and not line.left_out]

    @property
    def without(self) -> list[Rehearsed]:
        """Those that staff leave out."""
        return [line for line in self.lines if line.left_out]

    @property
    def kept_back(self) -> Decimal:
        """What these would have paid."""
        return sum((line.amount or ZERO for line in self.without), start=ZERO)

    @property
    def total(self) -> Decimal:
        """What is expected to come in."""
        return sum((line.amount or ZERO for line in self.good), start=ZERO)

    @property
    def missing(self) -> Decimal:
        """What is not."""
        return sum((line.amount or ZERO for line in self.bad), start=ZERO)


def due_through(*, at: datetime) -> date:
    """Permits that end until this day are renewed now."""
    return today(at) + timedelta(days=office().rollover_days_before)


def due_permits(through: date, *, at: datetime) -> QuerySet[Permit]:
    """Permits that end until that day and whose next month is not made yet; those that are sold beside another one come last."""
    owed = PermitTerm.objects.filter(permit=OuterRef("pk"), state=PermitTerm.State.DUE)
    due = rolling_over(at=at).filter(~Exists(owed), valid_before__lte=min(through, due_through(at=at)))
    due = with_rights(due.exclude(exclusions.waits(today(at))))
    return due.order_by(F("permit_type__needs_group").asc(nulls_first=True), "valid_before", "pk")


def left_out_until_now(*, at: datetime | None = None) -> QuerySet[Permit]:
    """Permits that staff left out and whose day has come: where rollovers do not start by themselves, staff have to."""
    at = at or timezone.now()
    day = today(at)
    term = (day - timedelta(days=office().rollover_days_before), day)
    items = RolloverItem.objects.filter(permit=OuterRef("pk"), outcome=Outcome.LEFT_OUT, until__range=term)
    return due_permits(due_through(at=at), at=at).filter(Exists(items))


def rehearse(*, without: Collection[int] = (), until: date | None = None, at: datetime | None = None) -> Rehearsal:
    """Totals and expected failures of a run that began now and left out the permits of these keys until that day. Nobody's tax
    exemption is looked at, so a total may be a little high."""
    at = at or timezone.now()
    day, through = today(at), due_through(at=at)
    permits = list(due_permits(through, at=at))
    holders = [permit.holder_id for permit in permits]
    cards: dict[int, list[StoredCard]] = {}
    for kept in StoredCard.objects.filter(user__in=holders).kept():
        cards.setdefault(kept.user_id, []).append(kept)
    banned = set(PermitBan.objects.filter(user__in=holders).in_force(at).values_list("user", flat=True))
    fined = owes_fines(holders, day)
    full = occupancies([(permit.permit_type, next_period(permit)) for permit in permits], at, numbers=False)
    taxes = taxes_for(KIND, payer=None, at=at)
    lines = []
    for permit in permits:
        period, amount = next_period(permit), to_pay(permit, day, taxes)
        card, problem = usable_card(permit, cards.get(permit.holder_id, []), day)
        if not full[permit.permit_type, period].free:
            problem = "full"
        against = obstacle_to(permit, fines=permit.holder_id in fined) or (
            "banned" if permit.holder_id in banned else ""
        )
        problem = against or ("" if amount else "no-price") or problem
        end = exclusions.waits_until(permit, until) if permit.pk in without else None
        may_wait = exclusions.may_wait(permit, day)
        lines.append(Rehearsed(permit, period, amount, card, problem, end, may_wait))
    return Rehearsal(through, lines)


@transaction.atomic
def start_run(
    *,
    by: User | None,
    without: Collection[int] = (),
    reason: str = "",
    until: date | None = None,
    at: datetime | None = None,
) -> RolloverRun:
    """Write down whom it concerns, and whom staff leave out until that day and why, and let a worker begin. A run that is under way
    is answered instead of a second one, or refused where somebody is to be left out. PermitRefused."""
    from permits.tasks import go_on_with_rollover

    at = at or timezone.now()
    running = RolloverRun.objects.select_for_update().filter(finished_at=None).first()
    if running and without:
        raise PermitRefused(_("A rollover is under way already. Nobody was left out of it."), code="running")
    if running:
        return running
    run = RolloverRun.objects.create(by=by, through=due_through(at=at), started_at=at)
    due = due_permits(run.through, at=at)
    if without:
        exclusions.leave_out(run, _lock_due(due, without), reason=reason, until=until, at=at)
    keys = due.all().values_list("pk", flat=True)
    RolloverItem.objects.bulk_create(RolloverItem(run=run, permit_id=pk) for pk in keys)
    hint(go_on_with_rollover, run_id=run.pk)
    return run


def _lock_due(due: QuerySet[Permit], keys: Collection[int]) -> list[Permit]:
    """These, locked; read once nobody else has them in hand. PermitRefused where a run took one up before."""
    list(Permit.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    permits = list(due.filter(pk__in=keys))
    if len(permits) < len(set(keys)):
        raise PermitRefused(_("What is due has changed. Look again whom you leave out."), code="changed")
    return permits


def start_daily_run(*, at: datetime | None = None) -> RolloverRun | None:
    """The run of the day, where the office lets permits renew themselves and something is due."""
    at = at or timezone.now()
    settings = office()
    if not (settings.stored_cards and settings.rollover_automatic):
        return None
    latest = RolloverRun.objects.filter(by=None).order_by("-started_at").first()
    if latest and today(latest.started_at) == today(at):
        return None
    return start_run(by=None, at=at) if due_permits(due_through(at=at), at=at).exists() else None


def go_on(run: RolloverRun, *, at: datetime | None = None) -> bool:
    """Do the next permits of a run; True while some are left to begin. Several workers share one run."""
    at = at or timezone.now()
    waiting = Q(outcome=Outcome.WAITING) & (Q(taken_at=None) | Q(taken_at__lte=at - LEASE))
    for pk in run.items.filter(waiting).values_list("pk", flat=True)[:AT_ONCE]:
        _do_item(pk, waiting, at)
    if not run.items.filter(outcome=Outcome.WAITING).exists():
        RolloverRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=at)
    return run.items.filter(waiting).exists()


def _do_item(pk: int, waiting: Q, at: datetime) -> None:
    with transaction.atomic():
        item = RolloverItem.objects.select_for_update(skip_locked=True).filter(waiting, pk=pk).first()
        if item is None:
            return
        item.taken_at = at
        item.save(update_fields=["taken_at"])
    item.outcome, item.note = renew(item.permit_id, at=at)
    item.save(update_fields=["outcome", "note"])


def renew(permit_pk: int, *, at: datetime) -> tuple[Outcome, str]:
    """Renew one permit as far as it goes now; what came of it, in a word and for people."""
    try:
        term = open_term(permit_pk, at=at)
    except PermitRefused as refusal:
        if refusal.code not in ("off", "over", "not-due", "left-out"):
            _tell(permit_pk, refusal)
        return Outcome.SKIPPED, str(refusal)
    term = collect_term(term.pk, at=at)
    if term.state == PermitTerm.State.PAID:
        return Outcome.RENEWED, ""
    if term.next_try_at is None:
        return Outcome.ASKED, str(PROBLEMS.get(term.problem, ""))
    if term.problem:
        return Outcome.RETRY, str(PROBLEMS[term.problem])
    return Outcome.CHECKING, ""


def _tell(permit_pk: int, refusal: PermitRefused) -> None:
    permit = Permit.objects.select_related("holder", "lot", "permit_type__needs_group").get(pk=permit_pk)
    problem = PROBLEMS["full"] if isinstance(refusal, LotFull) else PROBLEMS[refusal.code]
    if refusal.code == "needs-other":
        with override(permit.holder.language):
            problem = other_words(permit.permit_type)
    emails.send_rollover_stopped(permit, problem, day=permit.valid_before)


def progress(run: RolloverRun) -> tuple[int, int]:
    """(done, all)."""
    outcomes: Sequence[str] = list(run.items.values_list("outcome", flat=True))
    return sum(outcome != Outcome.WAITING for outcome in outcomes), len(outcomes)


def collected(run: RolloverRun) -> Decimal:
    """What the run's months have brought so far."""
    permits = run.items.exclude(outcome=Outcome.LEFT_OUT).values("permit")
    terms = PermitTerm.objects.filter(permit__in=permits, created_at__gte=run.started_at, state=PermitTerm.State.PAID)
    return sum(terms.values_list("charge__amount", flat=True), start=ZERO)
