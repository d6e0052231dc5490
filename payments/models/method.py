"""Ways of paying, as the office sets them up."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, UserType
from opscom.lib.dates import today


class PaymentMethodQuerySet(models.QuerySet["PaymentMethod"]):
    """Questions about ways of paying."""

    def offered_to(self, user: User | None, kinds: Callable[[], set[str]]) -> list["PaymentMethod"]:
        """What this person, or a guest, may choose for items of all these kinds at once, in the office's order. `kinds` is
        only asked where a method is not for everything. An office without a card provider offers no cards."""
        whom = models.Q(for_users=True) if user else models.Q(for_guests=True)
        everybody, own = models.Q(user_types=None), models.Q(user_types=user.user_type_id if user else None)
        offered = self.filter(
            whom, everybody | own, models.Q(last_day=None) | models.Q(last_day__gte=today()), active=True
        ).distinct()
        if settings.CARD_PROVIDER == "offline":
            offered = offered.exclude(settles=PaymentMethod.Settles.PROVIDER)
        return [method for method in offered if not method.kinds or method.pays(kinds())]

    def taken_by_staff(self, kinds: set[str]) -> list["PaymentMethod"]:
        """By what the office itself may be given money for such items. Cards are the provider's, credit is no money, and what
        an agency collected comes with its statement."""
        others = (PaymentMethod.CARD, PaymentMethod.CREDIT, PaymentMethod.COLLECTIONS)
        money = self.filter(active=True).exclude(code__in=others)
        return [method for method in money if method.pays(kinds)]


class PaymentMethod(models.Model):
    """One way of paying: who may choose it for what, and when its money counts. One that neither users nor guests may
    choose is for staff alone."""

    class Settles(models.TextChoices):
        PROVIDER = "provider", _("By the card provider")
        PROMISE = "promise", _("When the office processes it")
        AT_ONCE = "at_once", _("At once")

    CARD = "card"
    CASH = "cash"
    CREDIT = "credit"
    PAYROLL = "payroll"
    COLLECTIONS = "collections"
    BUILT_IN = (CARD, CASH, CREDIT, PAYROLL, "eft", COLLECTIONS)

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    settles = models.CharField(_("counts as paid"), max_length=10, choices=Settles.choices, default=Settles.PROMISE)
    active = models.BooleanField(_("in use"), default=True)
    for_users = models.BooleanField(_("for users"), default=False, help_text=_("Users may choose it themselves."))
    for_guests = models.BooleanField(_("for guests"), default=False, help_text=_("Guests may choose it for a ticket."))
    last_day = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("After it nobody may choose it any more. Empty: no end.")
    )
    user_types = models.ManyToManyField(
        UserType, verbose_name=_("user types"), blank=True, help_text=_("Which users. None chosen: all of them.")
    )
    kinds = models.JSONField(
        _("items"), default=list, blank=True, help_text=_("What may be paid with it. None chosen: everything.")
    )
    ledger_code = models.CharField(
        _("ledger code"), max_length=20, blank=True, help_text=_("The account in the office's bookkeeping.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def pays(self, kinds: set[str]) -> bool:
        """Whether items of all these kinds may be paid with it."""
        return not self.kinds or kinds <= set(self.kinds)

    def clean(self) -> None:
        """Only the provider settles cards, and nothing that a payer chooses is money at once."""
        if (self.settles == self.Settles.PROVIDER) != (self.code == self.CARD):
            raise ValidationError({"settles": _("Credit Card, and nothing else, is settled by the card provider.")})
        if self.settles == self.Settles.AT_ONCE and (self.for_users or self.for_guests):
            raise ValidationError({"settles": _("What counts as paid at once is for staff alone.")})
