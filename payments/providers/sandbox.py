"""The sandbox: the same contract with pages of our own, for trying and testing. It takes no real card."""

import hashlib
import hmac
import json
import time
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from opscom.lib.codes import random_code
from opscom.lib.money import ZERO
from opscom.lib.work import hint
from payments.errors import BadSignature, ProviderUnreachable
from payments.models import SandboxCard, SandboxCharge, SandboxRefund, SandboxSession, SandboxSetup
from payments.providers.base import (
    Attempt,
    Card,
    Decline,
    DisputeOutcome,
    DisputeResult,
    HostedPage,
    Movement,
    Notice,
    Offers,
    Outcome,
    Provider,
    RefundOrder,
    RefundOutcome,
    RefundResult,
    Result,
    Setup,
    SetupOutcome,
    StoredPayment,
    Subject,
)

SIGNATURE_HEADER = "Sandbox-Signature"
TOLERANCE = 300
RESULTS = {
    SandboxSession.State.OPEN: Result.OPEN,
    SandboxSession.State.PAID: Result.APPROVED,
    SandboxSession.State.EXPIRED: Result.EXPIRED,
}
DECLINES = {
    SandboxCard.Behaviour.SHORT: Decline.SOFT,
    SandboxCard.Behaviour.LOST: Decline.HARD,
    SandboxCard.Behaviour.SECURE: Decline.AUTHENTICATE,
}


class SandboxProvider(Provider):
    """Keeps its pages, cards and refunds in its own tables, as a provider keeps them on its own machines."""

    name = "sandbox"
    offers = ~Offers.LOOK_BACK

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
        result = RESULTS[SandboxSession.State(session.state)]
        return Outcome(
            result,
            session.reference,
            session.our_ref,
            session.amount,
            session.currency,
            charge_ref=session.reference if result is Result.APPROVED else "",
        )

    def expire(self, attempt: Attempt) -> None:
        SandboxSession.objects.filter(reference=attempt.provider_ref, state=SandboxSession.State.OPEN).update(
            state=SandboxSession.State.EXPIRED
        )

    @transaction.atomic
    def refund(self, order: RefundOrder) -> RefundOutcome:
        from payments.tasks import deliver_sandbox_notice

        known = self.resolve_refund(order)
        if known.result is not RefundResult.UNKNOWN:
            return known
        paid = _paid(order.charge_ref)
        if paid is None:
            return _refused(order, "The sandbox has no such payment.")
        amount, currency, later = paid
        if currency != order.currency:
            return _refused(order, f"The payment was made in {currency}.")
        if order.amount > amount - _given_back(order.charge_ref):
            return _refused(order, "That is more than is left of the payment.")
        refund = SandboxRefund.objects.create(
            our_ref=order.reference,
            charge_ref=order.charge_ref,
            amount=order.amount,
            currency=currency,
            state=SandboxRefund.State.PENDING if later == SandboxSession.Later.NO_REFUND else SandboxRefund.State.DONE,
        )
        if refund.state == SandboxRefund.State.PENDING:
            hint(deliver_sandbox_notice, reference=refund.reference)
        return _refund_outcome(refund)

    def resolve_refund(self, order: RefundOrder) -> RefundOutcome:
        named = Q(reference=order.refund_ref) if order.refund_ref else Q(our_ref=order.reference)
        refund = SandboxRefund.objects.filter(named).first()
        if refund is None:
            return RefundOutcome(RefundResult.UNKNOWN, order.refund_ref, order.amount, order.currency)
        if refund.state == SandboxRefund.State.PENDING:  # such a card takes nothing back, as the first question learns
            refund.state = SandboxRefund.State.FAILED
            refund.save(update_fields=["state"])
        return _refund_outcome(refund)

    def resolve_dispute(self, dispute_ref: str) -> DisputeOutcome:
        page = SandboxSession.objects.filter(reference=dispute_ref.removeprefix("sbd_"), later="dispute").first()
        if page is None:
            raise ProviderUnreachable("the sandbox has no such dispute")
        return DisputeOutcome(DisputeResult.OPEN, dispute_ref, page.reference, page.amount, page.currency)

    def start_setup(self, setup: Setup) -> HostedPage:
        page, _new = SandboxSetup.objects.get_or_create(
            our_ref=setup.reference,
            defaults={
                "reference": f"sbp_{random_code(20)}",
                "customer_ref": setup.customer_ref or f"sbu_{random_code(20)}",
                "name": setup.name,
                "success_url": setup.success_url,
                "cancel_url": setup.cancel_url,
                "expires_at": setup.expires_at,
            },
        )
        address = settings.BASE_URL + reverse("payments:sandbox_card", args=[page.reference])
        return HostedPage(address, page.reference, page.expires_at)

    def resolve_setup(self, setup: Setup) -> SetupOutcome:
        page = SandboxSetup.objects.select_related("card").filter(reference=setup.provider_ref).first()
        if page is None:
            raise ProviderUnreachable("the sandbox has no such page")
        if page.card:
            return SetupOutcome(Result.APPROVED, page.reference, page.our_ref, _card(page.card))
        ended = page.done or page.expires_at <= timezone.now()
        return SetupOutcome(Result.EXPIRED if ended else Result.OPEN, page.reference, page.our_ref)

    def charge_stored(self, payment: StoredPayment) -> Outcome:
        card = SandboxCard.objects.filter(token=payment.card.token).first()
        behaviour = SandboxCard.Behaviour(card.behaviour) if card else SandboxCard.Behaviour.LOST
        decline = DECLINES.get(behaviour)
        SandboxCharge.objects.get_or_create(
            our_ref=payment.reference,
            defaults={
                "reference": f"sbx_{random_code(20)}",
                "amount": payment.amount,
                "currency": payment.currency,
                "decline": decline.value if decline else "",
            },
        )
        return self.resolve_stored(payment)

    def resolve_stored(self, payment: StoredPayment) -> Outcome:
        charge = SandboxCharge.objects.filter(our_ref=payment.reference).first()
        if charge is None:
            return Outcome(Result.EXPIRED, "", payment.reference, payment.amount, payment.currency)
        return Outcome(
            Result.DECLINED if charge.decline else Result.APPROVED,
            charge.reference,
            charge.our_ref,
            charge.amount,
            charge.currency,
            message=f"declined ({charge.decline})" if charge.decline else "",
            charge_ref="" if charge.decline else charge.reference,
            decline=Decline(charge.decline) if charge.decline else None,
        )

    def read_card(self, card: Card) -> Card | None:
        kept = SandboxCard.objects.filter(token=card.token).first()
        return _card(kept) if kept else None

    def remove_card(self, card: Card) -> None:
        SandboxCard.objects.filter(token=card.token).delete()

    def movements(self, start: datetime, end: datetime) -> list[Movement]:
        paid = SandboxSession.objects.filter(state=SandboxSession.State.PAID)
        pages = paid.annotate(moved_at=Coalesce("paid_at", "created_at")).filter(moved_at__gte=start, moved_at__lt=end)
        charges = SandboxCharge.objects.filter(decline="", created_at__gte=start, created_at__lt=end)
        refunds = SandboxRefund.objects.filter(created_at__gte=start, created_at__lt=end)
        found = [Movement(row.reference, row.our_ref, row.amount, row.currency, row.moved_at) for row in pages]
        found += [Movement(row.reference, row.our_ref, row.amount, row.currency, row.created_at) for row in charges]
        given = refunds.exclude(state=SandboxRefund.State.FAILED)
        found += [Movement(row.reference, row.our_ref, -row.amount, row.currency, row.created_at) for row in given]
        return sorted(found, key=lambda movement: movement.at)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        parts = dict(part.split("=", 1) for part in headers.get(SIGNATURE_HEADER, "").split(",") if "=" in part)
        sent = parts.get("t", "")
        if not sent.isdigit() or abs(time.time() - int(sent)) > TOLERANCE:
            raise BadSignature("no time, or too long ago")
        if not hmac.compare_digest(sign(body, int(sent)).encode(), parts.get("v1", "").encode()):
            raise BadSignature("signature does not match")
        event = json.loads(body)
        return Notice(
            event["id"],
            event["type"],
            event["object"],
            event["reference"],
            Subject(event["subject"]),
            event["charge"],
        )


def sign(body: bytes, at: int) -> str:
    """HMAC-SHA256 in hex over the time (seconds since 1970), a dot, and the raw body."""
    return hmac.new(settings.SANDBOX_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def notice_body(row: SandboxSession | SandboxRefund | SandboxSetup, *, dispute: bool = False) -> bytes:
    """The webhook's body for a page, a refund or a stored card as it stands; `dispute`: the page's payment is disputed."""
    event = {"reference": row.our_ref, "charge": ""}
    if isinstance(row, SandboxRefund):
        named = ("refund", row.state, row.reference)
        event["charge"] = row.charge_ref
    elif isinstance(row, SandboxSetup):
        named = ("card", "stored", row.card.token if row.card else "")
    elif dispute:
        named = ("dispute", "created", f"sbd_{row.reference}")
        event["charge"] = row.reference
    else:
        named = ("payment", row.state, row.reference)
    subject, happened, name = named
    event |= {"id": f"evt_{name}_{happened}", "type": f"{subject}.{happened}", "subject": subject, "object": name}
    return json.dumps(event).encode()


def deliver_notice(reference: str, *, dispute: bool = False) -> None:
    """POST the signed webhook to this installation. A failure is not repeated: the sweep asks by itself."""
    row: SandboxSession | SandboxRefund | SandboxSetup
    if reference.startswith("sbr_"):
        row = SandboxRefund.objects.get(reference=reference)
    elif reference.startswith("sbp_"):
        row = SandboxSetup.objects.get(reference=reference)
    else:
        row = SandboxSession.objects.get(reference=reference)
    body = notice_body(row, dispute=dispute)
    at = int(time.time())
    request = urllib.request.Request(  # noqa: S310 (our own address)
        settings.BASE_URL + reverse("payments:webhook", args=["sandbox"]),
        data=body,
        headers={"Content-Type": "application/json", SIGNATURE_HEADER: f"t={at},v1={sign(body, at)}"},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


def _paid(charge_ref: str) -> tuple[Decimal, str, str] | None:
    """Amount, currency and what follows, of what was paid under that reference; the row stays locked."""
    page = SandboxSession.objects.select_for_update().filter(reference=charge_ref, state="paid").first()
    if page:
        return page.amount, page.currency, page.later
    charge = SandboxCharge.objects.select_for_update().filter(reference=charge_ref, decline="").first()
    return (charge.amount, charge.currency, "") if charge else None


def _given_back(charge_ref: str) -> Decimal:
    refunds = SandboxRefund.objects.filter(charge_ref=charge_ref).exclude(state=SandboxRefund.State.FAILED)
    return refunds.aggregate(sum=Sum("amount"))["sum"] or ZERO


def _refused(order: RefundOrder, message: str) -> RefundOutcome:
    return RefundOutcome(RefundResult.FAILED, "", order.amount, order.currency, message)


def _refund_outcome(refund: SandboxRefund) -> RefundOutcome:
    result = RefundResult(refund.state)
    message = "The card takes nothing back." if result is RefundResult.FAILED else ""
    return RefundOutcome(result, refund.reference, refund.amount, refund.currency, message)


def _card(card: SandboxCard) -> Card:
    customer = card.customer_ref
    return Card(card.token, customer, card.brand, card.last4, card.exp_month, card.exp_year)
