"""Ask the card providers about everything unsure."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from opscom.lib.dates import today
from payments.errors import ProviderUnreachable
from payments.models import Payment, Refund
from payments.services.comparing import compare_day, due_comparisons
from payments.services.reconcile import UNSURE_AFTER, reconcile_payment, unsure_payments
from payments.services.refund_sending import reconcile_refund, refunds_on_their_way, unsure_refunds


class Command(BaseCommand):
    """What the beat jobs do by and by, at once and told line by line."""

    help = "Ask the card providers about every payment and refund whose end is not known, and compare the days that are due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="compare only this day (2026-08-31)")

    def handle(self, *, day: date | None, **_options: Any) -> None:
        far = timezone.now() + UNSURE_AFTER + timedelta(days=1)  # whatever was asked a moment ago, too
        self._ask(far)
        if day and day >= today():
            raise CommandError("Only a day that is over can be compared.")
        for provider, due in due_comparisons():
            if day in (None, due):
                self._compare(provider, due)

    def _ask(self, at: datetime) -> None:
        for pk in unsure_payments(at=at):
            payment = reconcile_payment(Payment.objects.select_related("checkout").get(pk=pk))
            self.stdout.write(f"payment {payment.code}: {payment.state} {payment.attention}".rstrip())
        for pk in [*unsure_refunds(at=at), *refunds_on_their_way()]:
            refund = reconcile_refund(Refund.objects.select_related("payment__checkout").get(pk=pk))
            self.stdout.write(f"refund {refund.code}: {refund.state}")

    def _compare(self, provider: str, day: date) -> None:
        try:
            comparison = compare_day(provider, day)
        except ProviderUnreachable as error:
            self.stderr.write(f"{provider} {day}: {error}")
            return
        found = comparison.differences.count()
        self.stdout.write(f"{provider} {day}: {comparison.asked} compared, {found} different")
