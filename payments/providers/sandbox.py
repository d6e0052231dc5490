"""The sandbox: the same contract with a payment page of our own, for trying and testing. It takes no real card."""

import hashlib
import hmac
import json
import time
import urllib.request
from collections.abc import Mapping

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from payments.errors import BadSignature, ProviderUnreachable
from payments.models import SandboxSession
from payments.providers.base import Attempt, HostedPage, Notice, Outcome, Provider, Result

SIGNATURE_HEADER = "Sandbox-Signature"
TOLERANCE = 300
RESULTS = {
    SandboxSession.State.OPEN: Result.OPEN,
    SandboxSession.State.PAID: Result.APPROVED,
    SandboxSession.State.EXPIRED: Result.EXPIRED,
}


class SandboxProvider(Provider):
    """Keeps its sessions in its own table, as a provider keeps them on its own machines."""

    name = "sandbox"

    def start(self, attempt: Attempt) -> HostedPage:
        session, _new = SandboxSession.objects.get_or_create(
            our_ref=attempt.reference,
            defaults={
                "amount": attempt.amount,
                "currency": attempt.currency,
                "lines": [[line.text, str(line.amount)] for line in attempt.lines],
                "success_url": attempt.success_url,
                "cancel_url": attempt.cancel_url,
                "expires_at": attempt.expires_at,
            },
        )
        return HostedPage(
            settings.BASE_URL + reverse("payments:sandbox", args=[session.reference]),
            session.reference,
            session.expires_at,
        )

    def resolve(self, attempt: Attempt) -> Outcome:
        session = SandboxSession.objects.filter(reference=attempt.provider_ref).first()
        if session is None:
            raise ProviderUnreachable("the sandbox has no such session")
        if session.state == SandboxSession.State.OPEN and session.expires_at <= timezone.now():
            self.expire(attempt)
            session.refresh_from_db()
        return Outcome(
            RESULTS[SandboxSession.State(session.state)],
            session.reference,
            session.our_ref,
            session.amount,
            session.currency,
        )

    def expire(self, attempt: Attempt) -> None:
        SandboxSession.objects.filter(reference=attempt.provider_ref, state=SandboxSession.State.OPEN).update(
            state=SandboxSession.State.EXPIRED
        )

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        parts = dict(part.split("=", 1) for part in headers.get(SIGNATURE_HEADER, "").split(",") if "=" in part)
        sent = parts.get("t", "")
        if not sent.isdigit() or abs(time.time() - int(sent)) > TOLERANCE:
            raise BadSignature("no time, or too long ago")
        if not hmac.compare_digest(sign(body, int(sent)).encode(), parts.get("v1", "").encode()):
            raise BadSignature("signature does not match")
        event = json.loads(body)
        return Notice(event["id"], event["type"], event["session"], event["reference"])


def sign(body: bytes, at: int) -> str:
    """HMAC-SHA256 in hex over the time (seconds since 1970), a dot, and the raw body."""
    return hmac.new(settings.SANDBOX_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def notice_body(session: SandboxSession) -> bytes:
    """The webhook's body for a session as it stands."""
    event = {
        "id": f"evt_{session.reference}_{session.state}",
        "type": f"session.{session.state}",
        "session": session.reference,
        "reference": session.our_ref,
    }
    return json.dumps(event).encode()


def deliver_notice(reference: str) -> None:
    """POST the signed webhook to this installation. A failure is not repeated: the sweep asks by itself."""
    session = SandboxSession.objects.get(reference=reference)
    body = notice_body(session)
    at = int(time.time())
    request = urllib.request.Request(  # noqa: S310 (our own address)
        settings.BASE_URL + reverse("payments:webhook", args=["sandbox"]),
        data=body,
        headers={"Content-Type": "application/json", SIGNATURE_HEADER: f"t={at},v1={sign(body, at)}"},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
