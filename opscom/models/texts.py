"""Texts: who carries them, what they cost, how long their words are kept."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def usual_text_gateway() -> str:
    """Who tries the portal has a phone on the screen; an office says which gateway it has."""
    return TextGateway.PHONE.value if settings.DEMO else TextGateway.OFF.value


class TextGateway(models.TextChoices):
    """Names of settings.TEXT_PROVIDERS, and none."""

    OFF = "off", _("None: no texts")
    TWILIO = "twilio", _("Twilio")
    PHONE = "phone", _("The phone on the screen, for trying")


class TextFields(models.Model):
    """The part of the office's settings about texts."""

    class Keywords(models.TextChoices):
        CARRIER = "carrier", _("The gateway")
        APP = "app", _("The portal")

    text_gateway = models.CharField(
        _("texts, gateway"),
        max_length=10,
        choices=TextGateway.choices,
        default=usual_text_gateway,
        help_text=_("Who carries texts to and from telephones. Its account is set up by the operator."),
    )
    text_number = models.CharField(
        _("texts, number of the office"),
        max_length=16,
        blank=True,
        validators=[RegexValidator(r"^\+?[0-9]{3,15}$", _("Write it in full, for example +15195550142."))],
        help_text=_("Where people text to, and where texts come from. In full, with + and the country."),
    )
    text_keywords = models.CharField(
        _("texts, who answers STOP"),
        max_length=10,
        choices=Keywords.choices,
        default=Keywords.CARRIER,
        help_text=_(
            "Twilio answers STOP, START and HELP itself unless it was asked not to. Either way the portal keeps who wants no "
            "texts."
        ),
    )
    text_price = models.DecimalField(
        _("texts, cost of a segment"),
        max_digits=6,
        decimal_places=4,
        default=Decimal("0.0100"),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_(
            "What the gateway charges for a piece of 160 characters, or of 70 with letters outside its alphabet. Each text "
            "keeps the cost of its day."
        ),
    )
    text_days = models.PositiveSmallIntegerField(
        _("texts, retention, days"),
        default=180,
        validators=[MinValueValidator(7), MaxValueValidator(730)],
        help_text=_("After so many days the words are taken out of texts, every night. That there was one stays."),
    )

    class Meta:
        abstract = True
