"""Take the demo's steps in the order of time, and date back what the services stamp with the real clock."""

from datetime import datetime, timedelta
from heapq import heappop
from itertools import chain

from django.db.models import F, Max, OuterRef, Subquery

from accounts.models import Mail
from opscom.lib.append_only import rewriting_history
from opscom.management.demo.world import World
from payments.models import Payment, PaymentEvent, SandboxSession
from payments.models.charge import ChargeEvent
from payments.providers.sandbox import SandboxProvider
from permits.models import PermitEvent
from violations.models import Violation, ViolationEvent

MAILS_KEPT, MAILS_WAITING = 40, 4


def run_steps(world: World) -> None:
    """Do everything that is planned, oldest first; a step may plan further ones."""
    written = 0
    while world.steps:
        at, _order, step = heappop(world.steps)
        step()
        written = _date_mail(written, at)
    with rewriting_history():
        _date_rows()
        _date_events(world.now)


def tidy_mail() -> None:
    """Keep the newest mails, most of them sent; a few wait for the worker."""
    newest = list(Mail.objects.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MAILS_KEPT])
    Mail.objects.exclude(pk__in=newest).delete()
    sent = Mail.objects.filter(pk__in=newest[MAILS_WAITING:])
    sent.update(state=Mail.State.SENT, tries=1, sent_at=F("created_at"))


def _date_mail(written: int, at: datetime) -> int:
    """Mails newer than `written` are of that moment; answers the newest."""
    newest: int = Mail.objects.order_by().aggregate(newest=Max("pk"))["newest"] or 0
    if newest > written:
        Mail.objects.filter(pk__gt=written).update(created_at=at, next_try_at=at)
    return newest


def _date_rows() -> None:
    """What can be told from the rows themselves."""
    Violation.objects.update(entered_at=F("issued_at"))
    SandboxSession.objects.update(created_at=F("expires_at") - timedelta(minutes=SandboxProvider.page_minutes))
    Payment.objects.filter(fulfilled_at__gt=F("settled_at")).update(fulfilled_at=F("settled_at"))
    written = Violation.objects.filter(pk=OuterRef("violation")).values("issued_at")
    ViolationEvent.objects.filter(from_state="").update(at=Subquery(written))


def _date_events(started: datetime) -> None:
    """Permits and tickets that a cashier's booking changed have the time of their charge; attempts that came to nothing
    ended a few minutes after they began, and their page opened when they did."""
    begun = Payment.objects.filter(pk=OuterRef("payment")).values("created_at")
    PaymentEvent.objects.filter(at__gte=started, to_state="redirected").update(at=Subquery(begun))
    for attempt in PaymentEvent.objects.filter(
        at__gte=started, to_state__in=["failed", "cancelled", "expired"]
    ).select_related("payment"):
        attempt.at = attempt.payment.created_at + timedelta(minutes=2)
        attempt.save(update_fields=["at"])
    permits = PermitEvent.objects.filter(at__gte=started, to_state="active").select_related("permit")
    violations = ViolationEvent.objects.filter(at__gte=started, to_state="paid").select_related("violation")
    pairs = chain(
        ((event, event.permit.charge_id) for event in permits),
        ((event, event.violation.charge_id) for event in violations),
    )
    for event, charge in pairs:
        event.at = ChargeEvent.objects.filter(charge=charge, to_state="settled").latest("at").at
        event.save(update_fields=["at"])
