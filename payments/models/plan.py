"""Payment plans: what is owed, paid in parts on agreed days."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import new_code
from opscom.lib.events import StateEvent
from opscom.lib.money import ZERO, MoneyField, PriceField
from opscom.lib.states import StateModel
from payments.models.card import StoredCard
from payments.models.charge import Charge

if TYPE_CHECKING:
    from payments.models.charge import ChargeQuerySet


class PaymentPlanQuerySet(models.QuerySet["PaymentPlan"]):
    """Questions about payment plans."""

    def for_user(self, user: object) -> "PaymentPlanQuerySet":
        """That person's."""
        return self.filter(user=user)

    def standing(self) -> "PaymentPlanQuerySet":
        """Those that are agreed and run."""
        return self.filter(state=PaymentPlan.State.STANDING)

    def not_kept(self) -> "PaymentPlanQuerySet":
        """Those that ended over a missed instalment and of which something is owed still."""
        owed = PlanLine.objects.filter(plan=OuterRef("pk"), charge__state=Charge.State.OPEN)
        return self.filter(Exists(owed), state=PaymentPlan.State.BROKEN)

    def with_left(self) -> "PaymentPlanQuerySet":
        """Adds `left`: what is still owed of the plan's charges, however the rest of them was paid or let go."""
        from payments.models.ledger import LedgerEntry

        lines = PlanLine.objects.filter(plan=OuterRef("pk"), charge__state=Charge.State.OPEN).order_by()
        amounts = lines.values("plan").annotate(total=Sum("charge__amount"))
        entries = LedgerEntry.objects.filter(
            charge__plan_lines__plan=OuterRef("pk"), charge__state=Charge.State.OPEN, account="charge"
        )
        credited = entries.order_by().values("charge__plan_lines__plan").annotate(credited=Sum("amount"))
        return self.annotate(left=_sum(amounts.values("total")) + _sum(credited.values("credited")))


def _sum(rows: Any) -> Coalesce:
    return Coalesce(Subquery(rows, output_field=MoneyField()), ZERO, output_field=MoneyField())


class PaymentPlan(StateModel):
    """What a person owes, paid in instalments. While it stands no late fee is added to what it covers.

    Nothing is noted as paid here: what is left is what the ledger has not credited to its charges, so any way of paying them
    counts. `grace_days` and `catch_up` are the office's terms at the agreement. `card` pays each instalment by itself. Without
    an account it is a guest's, known by an address: confirmed by the link in its e-mail where the guest agreed, read back by staff
    where they did; some time after its end it is taken out (payments.retention).
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered")
        STANDING = "standing", _("Agreed")
        KEPT = "kept", _("All paid")
        BROKEN = "broken", _("Not kept")
        CANCELLED = "cancelled", _("Cancelled")

    ENDED = (State.KEPT, State.BROKEN, State.CANCELLED)

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payment_plans",
    )
    email = models.EmailField(_("e-mail of a guest"), blank=True)
    language = models.CharField(_("language of a guest"), max_length=5, choices=settings.LANGUAGES, blank=True)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.OFFERED, protected=True)
    total = PriceField(_("owed at the agreement"))
    card = models.ForeignKey(
        StoredCard,
        verbose_name=_("paid by card"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Charged on the day of each instalment. Empty: the person pays each one."),
    )
    grace_days = models.PositiveSmallIntegerField(_("grace, days"))
    catch_up = models.BooleanField(_("late fees follow a default"), default=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    agreed_at = models.DateTimeField(_("agreed"), null=True, blank=True)

    objects = PaymentPlanQuerySet.as_manager()
    left: Decimal

    class Meta:
        verbose_name = _("payment plan")
        verbose_name_plural = _("payment plans")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="plan_newest"),
            models.Index(fields=["user", "state"], name="plan_user_state"),
            models.Index(fields=["state"], name="plan_standing", condition=models.Q(state="standing")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(state="offered"), name="plan_one_offer"),
            models.CheckConstraint(
                name="plan_agreed_once_standing",
                condition=models.Q(agreed_at__isnull=False) | models.Q(state__in=["offered", "cancelled"]),
            ),
            models.CheckConstraint(
                name="plan_of_a_person_or_a_guest",
                condition=models.Q(user__isnull=False, email="")
                | models.Q(~models.Q(email=""), user__isnull=True)
                | models.Q(user__isnull=True, state__in=["kept", "broken", "cancelled"]),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def reader_language(self) -> str:
        """In which language its e-mails are; needs `user`."""
        return self.user.language if self.user else self.language

    @property
    def charges(self) -> "ChargeQuerySet":
        """What it covers, the oldest first."""
        return Charge.objects.filter(plan_lines__plan=self).order_by("pk")

    @transition(field=state, source=State.OFFERED, target=State.STANDING)
    def agree(self) -> None:
        """The person wants it so: late fees stop."""

    @transition(field=state, source=State.STANDING, target=State.KEPT)
    def keep(self) -> None:
        """Nothing of it is owed any more."""

    @transition(field=state, source=State.STANDING, target=State.BROKEN)
    def fail(self) -> None:
        """An instalment was not paid within its grace: late fees go on."""

    @transition(field=state, source=[State.OFFERED, State.STANDING], target=State.CANCELLED)
    def cancel(self) -> None:
        """The office ended it, or an offer was not taken up."""


class PaymentPlanEvent(StateEvent):
    """History of a payment plan."""

    plan = models.ForeignKey(PaymentPlan, on_delete=models.CASCADE, related_name="events")


class PlanLine(models.Model):
    """One charge in a plan, and what was owed of it then. A charge is in one standing plan at most."""

    plan = models.ForeignKey(PaymentPlan, on_delete=models.CASCADE, related_name="lines")
    charge = models.ForeignKey(Charge, verbose_name=_("charge"), on_delete=models.PROTECT, related_name="plan_lines")
    owed = PriceField(_("owed at the agreement"))
    standing = models.BooleanField(_("the plan stands"), default=False)

    class Meta:
        verbose_name = _("charge in a payment plan")
        verbose_name_plural = _("charges in payment plans")
        ordering = ["charge_id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "charge"], name="plan_line_once"),
            models.UniqueConstraint(
                fields=["charge"], condition=models.Q(standing=True), name="plan_line_one_standing"
            ),
        ]

    def __str__(self) -> str:
        return str(self.charge)


class Instalment(models.Model):
    """So much is due on that day. Which of them are paid follows from what is left of the plan.

    `next_try_at` is when the plan's card is charged (again); empty once only the person can pay.
    """

    plan = models.ForeignKey(PaymentPlan, on_delete=models.CASCADE, related_name="instalments")
    nth = models.PositiveSmallIntegerField(_("number"))
    due_on = models.DateField(_("due"))
    amount = PriceField(_("amount"))
    tried_at = models.DateTimeField(_("first try"), null=True, blank=True)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)
    judged = models.ForeignKey(
        "payments.Payment",
        verbose_name=_("last try"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    problem = models.CharField(_("problem"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["plan", "nth"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "nth"], name="instalment_once"),
            models.CheckConstraint(name="instalment_amount_positive", condition=models.Q(amount__gt=0)),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="instalment_try", condition=models.Q(next_try_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.nth}"

    @property
    def grace_ends_on(self) -> date:
        """The last day on which paying it keeps the plan; needs `plan`."""
        return self.due_on + timedelta(days=self.plan.grace_days)
