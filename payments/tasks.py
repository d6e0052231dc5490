"""Background work of the payments core: every task fetches, calls one service, and may run twice."""

import logging
from datetime import date

from celery import shared_task

from opscom.lib.work import hint
from payments.errors import ProviderUnreachable
from payments.models import CardSetup, Comparison, Payment, ProviderEvent, Refund, StoredCard
from payments.services import card_expiry, cards, looking_back
from payments.services.checkouts import expire_open_checkouts
from payments.services.comparing import compare_day, due_comparisons
from payments.services.event_ends import due_events, try_event_again
from payments.services.events import process_stored_event
from payments.services.ledger_check import check_is_due, check_ledger
from payments.services.plans import following
from payments.services.plans.collecting import collect_instalment, due_tries
from payments.services.promises import expire_promises
from payments.services.reconcile import late_payments, reconcile_payment, unsure_payments
from payments.services.refund_sending import reconcile_refund, refunds_on_their_way, unsure_refunds

logger = logging.getLogger(__name__)


@shared_task
def process_event(*, event_id: int) -> None:
    """Act on one stored webhook."""
    process_stored_event(ProviderEvent.objects.get(pk=event_id))


@shared_task
def process_stored_events() -> None:
    """Find webhooks whose hint was lost. One that breaks is tried a while and then set aside; the others do not wait for it."""
    for event in due_events()[:200]:
        try:
            process_stored_event(event)
        except Exception as error:
            logger.exception("event %s not processed", event.pk)
            try_event_again(event, type(error).__name__)


@shared_task
def reconcile_one(*, payment_id: int) -> None:
    """Ask about one payment."""
    reconcile_payment(Payment.objects.select_related("checkout").get(pk=payment_id))


@shared_task
def reconcile_payments() -> None:
    """Fan out over payments that nobody has told us about."""
    for pk in [*unsure_payments(), *late_payments()]:
        hint(reconcile_one, payment_id=pk)


@shared_task
def send_refund(*, refund_id: int) -> None:
    """Ask for one refund."""
    reconcile_refund(Refund.objects.select_related("payment__checkout").get(pk=refund_id))


@shared_task
def reconcile_refunds() -> None:
    """Fan out over refunds that may not have been sent."""
    for pk in unsure_refunds():
        hint(send_refund, refund_id=pk)


@shared_task
def follow_refunds() -> None:
    """Ask how those stand that the provider has."""
    for pk in refunds_on_their_way():
        hint(send_refund, refund_id=pk)


@shared_task
def expire_checkouts() -> None:
    """Close what was abandoned, by our own clock."""
    expire_open_checkouts()
    expire_promises()


@shared_task
def check_books() -> None:
    """Once a night: are the books whole?"""
    if check_is_due():
        check_ledger()


@shared_task
def forget_card(*, card_id: int) -> None:
    """Have the provider forget one card that is being removed."""
    cards.forget_at_provider(StoredCard.objects.get(pk=card_id))


@shared_task
def sweep_setup(*, setup_id: int) -> None:
    """Ask how one attempt to store a card ended."""
    cards.sweep_setup(CardSetup.objects.select_related("user").get(pk=setup_id))


@shared_task
def sweep_cards() -> None:
    """Fan out over attempts that nobody finished here, and cards that the provider still keeps."""
    for pk in cards.open_setups():
        hint(sweep_setup, setup_id=pk)
    removing = StoredCard.objects.filter(state=StoredCard.State.REMOVING).order_by("pk").values_list("pk", flat=True)
    for pk in removing[:200]:
        hint(forget_card, card_id=pk)


@shared_task
def warn_of_expiry() -> None:
    """Tell people whose cards expire soon."""
    card_expiry.warn_of_expiry()


@shared_task
def collect_one_instalment(*, instalment_id: int) -> None:
    """Charge a plan's card for one instalment."""
    collect_instalment(instalment_id)


@shared_task
def collect_instalments() -> None:
    """Fan out over instalments whose card is to be charged."""
    for pk in due_tries():
        hint(collect_one_instalment, instalment_id=pk)


@shared_task
def follow_plans() -> None:
    """Tell of instalments, and end the plans that are paid or not kept."""
    following.follow_plans()


@shared_task
def compare_days() -> None:
    """Fan out over the days that were not compared with their provider yet."""
    for provider, day in due_comparisons():
        hint(compare_one, provider=provider, day=day.isoformat())


@shared_task
def compare_one(*, provider: str, day: str) -> None:
    """Compare one day. A provider that does not answer is asked again an hour later."""
    try:
        compare_day(provider, date.fromisoformat(day))
    except ProviderUnreachable as error:
        logger.warning("%s of %s not compared: %s", day, provider, error)


@shared_task
def look_back_one(*, comparison_id: int) -> None:
    """Ask about a few earlier payments of one provider."""
    looking_back.look_back(Comparison.objects.get(pk=comparison_id))


@shared_task
def look_back() -> None:
    """Fan out over providers that list no movements."""
    for pk in looking_back.due_look_backs():
        hint(look_back_one, comparison_id=pk)


@shared_task
def deliver_sandbox_notice(*, reference: str, dispute: bool = False) -> None:
    """Send the sandbox provider's signed webhook, as a real provider's server would."""
    from payments.providers.sandbox import deliver_notice

    deliver_notice(reference, dispute=dispute)
