"""Take the demo's steps in the order of time, and date back what the services stamp with the real clock."""

from datetime import datetime
from typing import Any

from django.db.models import F, Max, Model

from accounts.models import Mail
from opscom.management.demo.world import World
from payments.models import Payment, PaymentEvent, SandboxSession
from permits.models import PermitEvent
from violations.models import Violation, ViolationEvent

STAMPS: tuple[tuple[type[Model], str], ...] = (
    (PaymentEvent, "at"),
    (PermitEvent, "at"),
    (ViolationEvent, "at"),
    (Violation, "entered_at"),
    (SandboxSession, "created_at"),
    (Mail, "created_at"),
)
MAILS_KEPT, MAILS_WAITING = 40, 4


def run_steps(world: World) -> None:
    """Do everything that is planned, oldest first."""
    marks: dict[type[Model], int] = {model: _last_key(model) for model, _field in STAMPS}
    for at, _order, step in sorted(world.steps, key=lambda entry: entry[:2]):
        step()
        for model, stamp in STAMPS:
            marks[model] = _date_back(model, stamp, marks[model], at=at, started=world.now)
    Payment.objects.filter(fulfilled_at__gt=F("settled_at")).update(fulfilled_at=F("settled_at"))


def tidy_mail() -> None:
    """Keep the newest mails, most of them sent; a few wait for the worker."""
    newest = list(Mail.objects.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MAILS_KEPT])
    Mail.objects.exclude(pk__in=newest).delete()
    sent = Mail.objects.filter(pk__in=newest[MAILS_WAITING:])
    sent.update(state=Mail.State.SENT, tries=1, sent_at=F("created_at"), next_try_at=F("created_at"))


def _last_key(model: type[Model]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def _date_back(model: type[Model], stamp: str, mark: int, *, at: datetime, started: datetime) -> int:
    """Give the rows since `mark` that bear the real time the step's time; answers the new mark."""
    keys: list[int] = list(model._default_manager.filter(pk__gt=mark).order_by("pk").values_list("pk", flat=True))
    if not keys:
        return mark
    wanted: dict[str, Any] = {"pk__in": keys, f"{stamp}__gte": started}
    model._default_manager.filter(**wanted).update(**{stamp: at})
    return keys[-1]
