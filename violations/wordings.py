"""What boots say by text, as a text that the office can change."""

from django.utils.translation import gettext_lazy as _

from accounts.wordings.texts import text_piece

PIECES = (
    text_piece(
        "text_boot_code",
        _("Boot: release code"),
        _(
            "%(office)s: the release code of boot %(boot)s is %(code)s. Bring the boot back by %(time)s. How and where: %(page)s"
        ),
        {
            "office": (_("Name of the office"), "Northfield Parking"),
            "boot": (_("Boot: its number"), "B-07"),
            "code": (_("Boot: its release code"), "73519"),
            "time": (_("When it is due back"), "September 2, 6 p.m."),
            "page": (_("Page of the boot"), "https://parking.example.test/…"),
        },
        required=("code",),
        secret=True,
    ),
)
