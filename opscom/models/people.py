"""Accounts: how one registers and logs in, and what is kept of a person."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def never_or_a_year(days: int) -> None:
    """People come back after a summer."""
    if 0 < days < 365:
        raise ValidationError(_("Enter 365 days or more, or 0 for never."), code="short")


LEAST_NOTICE_DAYS = 14


class PeopleFields(models.Model):
    class Registration(models.TextChoices):
        AUTO_LOGIN = "auto_login", _("Auto login: in at once, the link sets the password")
        VERIFY = "verify", _("Verification required: the e-mail's link comes first")

    registration = models.CharField(
        _("registration"),
        max_length=12,
        choices=Registration.choices,
        default=Registration.VERIFY,
        help_text=_("Whether a new user is logged in before the e-mail address is verified."),
    )
    registration_open = models.BooleanField(
        _("registration open"),
        default=True,
        help_text=_("Off: Create Account disappears and the office registers people."),
    )
    sso_enabled = models.BooleanField(
        _("single sign-on"),
        default=True,
        help_text=_(
            "Offers the organisation's login, where the operator has set one up. Off: its button and pages disappear at "
            "once, and people who log in with it cannot."
        ),
    )
    multifactor = models.BooleanField(
        _("multifactor authentication"),
        default=True,
        help_text=_("Lets users who turned it on enter a one-time password. Staff always need one."),
    )
    addresses_enabled = models.BooleanField(
        _("addresses"),
        default=True,
        help_text=_("Off: Addresses disappear from the name menu, and nobody has to give one."),
    )
    forms_enabled = models.BooleanField(
        _("forms"), default=True, help_text=_("Off: Forms disappears from the menu, and its pages answer 404.")
    )
    uploads_enabled = models.BooleanField(
        _("document uploads"),
        default=True,
        help_text=_("Users hand in documents for the office. Off: Upload Documents disappears; what is there stays."),
    )
    email_preferences = models.BooleanField(
        _("email preferences"),
        default=True,
        help_text=_("Users choose which e-mails they get. Off: the page disappears and everything is sent again."),
    )
    acting_minutes = models.PositiveSmallIntegerField(
        _("acting for a person, minutes"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text=_("How long a company manager or staff may act for a person at a time."),
    )
    retention_days = models.PositiveSmallIntegerField(
        _("retention after closing, days"),
        default=365,
        validators=[MaxValueValidator(3650)],
        help_text=_(
            "How long after an account is closed its personal details are kept. Payments and receipts stay, without the name."
        ),
    )
    idle_days = models.PositiveSmallIntegerField(
        _("accounts that nobody uses, retention, days"),
        default=0,
        validators=[never_or_a_year, MaxValueValidator(7300)],
        help_text=_(
            "Whoever has not logged in for so many days, had no permit or locker in them, owes nothing and is owed nothing, is told by "
            "e-mail that the account ends. 0: never."
        ),
    )
    idle_notice_days = models.PositiveSmallIntegerField(
        _("accounts that nobody uses, notice, days"),
        default=60,
        validators=[MinValueValidator(LEAST_NOTICE_DAYS), MaxValueValidator(180)],
        help_text=_(
            "So many days after that e-mail the personal details are erased, unless the person logs in. Whoever was told keeps the day "
            "of the e-mail."
        ),
    )
    address_days = models.PositiveSmallIntegerField(
        _("network addresses, retention, days"),
        default=0,
        validators=[MaxValueValidator(3650)],
        help_text=_(
            "After so many days network addresses are taken out of the log of changes, every night. Who changed what stays. 0: never."
        ),
    )
    undecided_days = models.PositiveSmallIntegerField(
        _("guests' undecided forms, retention, days"),
        default=0,
        validators=[MaxValueValidator(3650)],
        help_text=_(
            "A guest's form that nobody decides for so many days is refused without an e-mail, and name, address and answers are taken "
            "out. 0: never."
        ),
    )
    mail_days = models.PositiveSmallIntegerField(
        _("e-mails, retention, days"),
        default=1095,
        validators=[MinValueValidator(90), MaxValueValidator(3650)],
        help_text=_("After so many days the words are taken out of e-mails, every night. That there was one stays."),
    )
    guest_days = models.PositiveSmallIntegerField(
        _("guests, retention, days"),
        default=1095,
        validators=[MinValueValidator(90), MaxValueValidator(3650)],
        help_text=_(
            "After so many days the e-mail addresses of guests are taken out of what they paid, of payment plans that have ended, "
            "of appeals and of forms that are decided, every night. What is owed, paid and decided stays."
        ),
    )

    class Meta:
        abstract = True
