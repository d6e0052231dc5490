"""For load balancers and operators."""

from collections.abc import Callable
from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Mail
from opscom.lib import antivirus
from opscom.tasks import HEART_KEY
from payments.models import LedgerCheck

MAIL_LATE_MINUTES = 30


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything works, 503 with what is missing otherwise. A page can still load without the optional parts."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "migrations": _migrations,
        "cache": _cache,
        "worker": _worker,
        "mail": _mail,
        "virus_scanner": _virus_scanner,
    }
    found: dict[str, str] = {}
    for name, check in checks.items():
        try:
            found[name] = check()
        except DatabaseError:
            found[name] = "not reachable"
    ready = all(word in ("ok", "off") for word in found.values())
    return JsonResponse({"ready": ready, **found, "books": _books()}, status=200 if ready else 503)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    return "not all applied" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def _cache() -> str:
    cache.set("readyz", "ok", 10)
    return "ok" if cache.get("readyz") == "ok" else "not reachable"


def _worker() -> str:
    return "ok" if cache.get(HEART_KEY) else "no sign of a worker and beat for 90 seconds"


def _virus_scanner() -> str:
    if not antivirus.is_configured():
        return "off"
    try:
        antivirus.ping()
    except antivirus.ScannerAway:
        return "not reachable: uploads wait to be checked"
    return "ok"


def _books() -> str:
    """How the last check of the ledger ended. A portal whose books are wrong still answers, so it counts for nothing here."""
    try:
        last = LedgerCheck.objects.first()
    except DatabaseError:
        return "not reachable"
    if last is None:
        return "not checked yet"
    return f"{last.found} wrong, {last}" if last.found else f"ok, {last}"


def _mail() -> str:
    late = timezone.now() - timedelta(minutes=MAIL_LATE_MINUTES)
    waiting = Mail.objects.filter(state=Mail.State.QUEUED, created_at__lt=late).count()
    return f"{waiting} e-mails wait for more than {MAIL_LATE_MINUTES} minutes" if waiting else "ok"
