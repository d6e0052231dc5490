"""Who the office is: its name, look and addresses."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.colours import validate_accent


class OfficeFields(models.Model):
    office_name = models.CharField(
        _("office name"), max_length=60, default="Campus Parking", help_text=_("Heads every page, e-mail and PDF.")
    )
    accent_colour = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#0b5f6b",
        validators=[
            RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write it as # and six digits, for example #0b5f6b.")),
            validate_accent,
        ],
        help_text=_("Colours buttons, links and the current tab. White text on it must be readable."),
    )
    logo = models.FileField(
        _("logo"),
        upload_to="office",
        blank=True,
        help_text=_("Stands on permits, receipts, invoices and statements. PNG, JPG or WebP, up to 2 MB."),
    )
    phone = models.CharField(
        _("office telephone"),
        max_length=30,
        default="519-555-0142",
        help_text=_("Shown at the foot of every page and e-mail."),
    )
    email = models.EmailField(
        _("office e-mail"),
        default="parking@example.edu",
        help_text=_("Shown at the foot of every page; replies go there."),
    )
    address = models.CharField(
        _("office address"), max_length=200, default="17 Trent Lane", help_text=_("Where cash and cheques are brought.")
    )
    staff_email = models.EmailField(
        _("staff notification e-mail"),
        blank=True,
        help_text=_("Gets a message when a payment needs attention. Empty: nobody does."),
    )

    class Meta:
        abstract = True
