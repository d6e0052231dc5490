"""Tickets, their appeals and boots."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from opscom.lib.money import PriceField


class ViolationFields(models.Model):
    class BootPolicy(models.TextChoices):
        ONE = "one", _("The ticket that the boot is for")
        ALL = "all", _("All outstanding tickets of the vehicle and of the account")

    class FinesBlock(models.TextChoices):
        NONE = "none", _("None")
        OVERDUE = "overdue", _("Overdue tickets")
        OWED = "owed", _("Every ticket that is owed")

    class AppealPaid(models.TextChoices):
        EITHER = "either", _("Before and after it is paid")
        UNPAID = "unpaid", _("Only before it is paid")
        PAID = "paid", _("Only after it is paid")
        SECOND = "second", _("For a second appeal only after it is paid")

    fines_business_days = models.BooleanField(
        _("fines count business days"),
        default=False,
        help_text=_(
            "The days of discounts, due dates and late fees of new tickets leave out week-ends and the closed days of the "
            "office. Off: every day counts."
        ),
    )
    fines_block_permits = models.CharField(
        _("tickets that block new permits"),
        max_length=10,
        choices=FinesBlock.choices,
        default=FinesBlock.NONE,
        help_text=_(
            "Who owes one gets no new permit until it is paid. A ticket under review, promised or paid in instalments blocks "
            "nothing."
        ),
    )
    owner_lookup_fee = PriceField(
        _("fee for the look-up of an owner"),
        default=Decimal("0.00"),
        help_text=_(
            "Added once to an owed ticket, as a line of its own, when the answer of the registry names the owner of its plate. 0: no fee."
        ),
    )
    appeal_ends_discount = models.BooleanField(
        _("an appeal ends the discount"),
        default=False,
        help_text=_(
            "Whoever appeals a new ticket loses the discount for paying early. Off: it waits for the decision."
        ),
    )
    ticket_prefix = models.CharField(
        _("ticket prefix"),
        max_length=9,
        default="TT-",
        validators=[
            RegexValidator(
                r"^[A-Z][A-Z0-9]{0,7}-$", _("Write capital letters and digits with a hyphen at the end: TT-")
            )
        ],
        help_text=_(
            "Numbers of new tickets begin with it. Another prefix begins a series of its own; tickets that are written keep their number."
        ),
    )
    clean_days = models.PositiveSmallIntegerField(
        _("repetition forgotten after, days"),
        default=365,
        help_text=_("After so many days without a ticket the next one counts as the first again. 0: never."),
    )
    guest_payment = models.BooleanField(
        _("guest payment"), default=True, help_text=_("Off: Pay your Ticket disappears and its pages answer 404.")
    )
    lookup_tries = models.PositiveSmallIntegerField(
        _("ticket look-up tries"),
        default=5,
        validators=[MinValueValidator(3), MaxValueValidator(20)],
        help_text=_("Wrong numbers or PINs before a ticket or an address is locked for 15 minutes."),
    )
    appeals_enabled = models.BooleanField(
        _("appeals"),
        default=True,
        help_text=_(
            "Users and guests appeal tickets online. Off: the Appeals tab disappears; appeals under review stay."
        ),
    )
    appeal_days = models.PositiveSmallIntegerField(
        _("appeal within, days"),
        default=14,
        help_text=_(
            "How long after the day of the ticket it can be appealed, where its offence has no days of its own. The last day "
            "counts in full."
        ),
    )
    appeal_business_days = models.BooleanField(
        _("appeals count business days"),
        default=False,
        help_text=_("The days to appeal leave out week-ends and the closed days of the office. Off: every day counts."),
    )
    appeal_notice_days = models.PositiveSmallIntegerField(
        _("appeal after the overdue notice, days"),
        default=0,
        validators=[MaxValueValidator(366)],
        help_text=_(
            "An overdue ticket can be appealed again for so many days after its notice that it is overdue. 0: the notice opens no "
            "new time."
        ),
    )
    appeal_paid = models.CharField(
        _("a ticket is appealed"),
        max_length=10,
        choices=AppealPaid.choices,
        default=AppealPaid.EITHER,
        help_text=_("What was paid comes back where an appeal is granted, as far as it was too much."),
    )
    appeal_files = models.BooleanField(
        _("evidence with appeals"),
        default=True,
        help_text=_("Whoever appeals may add photos and PDF files. Off: Select Files to Upload disappears."),
    )
    appeal_answer_days = models.PositiveSmallIntegerField(
        _("appeals answered within, days"),
        default=10,
        help_text=_("What whoever appeals is told, and when an appeal counts as late in the office's list."),
    )
    appeal_fair_days = models.PositiveSmallIntegerField(
        _("days to pay after a decision"),
        default=7,
        help_text=_(
            "The price of a ticket stands still while it is under review, and for so many days after the decision."
        ),
    )
    second_appeal_days = models.PositiveSmallIntegerField(
        _("second appeal within, days"),
        default=15,
        help_text=_(
            "How long after a decision another member of staff can be asked to look again. 0: a decision is final."
        ),
    )
    association_days = models.PositiveSmallIntegerField(
        _("association ends after, days"),
        default=30,
        help_text=_(
            "How long after a decision somebody who appealed for another person's vehicle still sees its ticket."
        ),
    )
    association_shows_others = models.BooleanField(
        _("association shows other tickets"),
        default=False,
        help_text=_(
            "Whoever appeals for another person's vehicle also sees number, day and offence of its other open tickets. Off: "
            "nothing but the ticket that is appealed."
        ),
    )
    notice_new = models.BooleanField(
        _("notice of a new ticket"),
        default=True,
        help_text=_("Whoever answers for the plate gets an e-mail on the day of the ticket. Off: nobody does."),
    )
    notice_discount_days = models.PositiveSmallIntegerField(
        _("notice before a discount ends, days"),
        default=2,
        validators=[MaxValueValidator(14)],
        help_text=_("How many days before the end of the discount for paying early an e-mail says so. 0: never."),
    )
    notice_overdue = models.BooleanField(
        _("notice of an overdue ticket"),
        default=True,
        help_text=_(
            "An e-mail on the day after a ticket was due, or a letter where none reaches its owner. Off: neither."
        ),
    )
    notice_last_days = models.PositiveSmallIntegerField(
        _("last notice, days"),
        default=30,
        validators=[MaxValueValidator(365)],
        help_text=_(
            "How many days after a ticket was due its last notice goes out, as an e-mail or a letter. 0: none does."
        ),
    )
    collections_days = models.PositiveSmallIntegerField(
        _("collections, days after the last notice"),
        default=0,
        validators=[MaxValueValidator(730)],
        help_text=_(
            "So long after its last notice an unpaid ticket can be handed to the agency. 0: there is no agency."
        ),
    )
    collections_least = PriceField(
        _("collections, smallest amount"),
        default=Decimal("25.00"),
        help_text=_("Tickets for which less is owed do not go to the agency."),
    )
    collections_block_paying = models.BooleanField(
        _("tickets at the agency are not paid here"),
        default=True,
        help_text=_("On: the agency alone takes the money. Off: they can be paid here as before."),
    )
    collections_block_permits = models.BooleanField(
        _("tickets at the agency block new permits"),
        default=True,
        help_text=_("On: who owes one gets no new permit until it is paid or recalled. Off: they do."),
    )
    duplicate_ticket_hours = models.PositiveSmallIntegerField(
        _("second ticket, hours"),
        default=24,
        validators=[MaxValueValidator(720)],
        help_text=_(
            "Who writes a ticket is asked again where the plate got one for the same offence in the same lot within so many "
            "hours. 0: never."
        ),
    )
    boot_policy = models.CharField(
        _("boots, to be paid"),
        max_length=4,
        choices=BootPolicy.choices,
        default=BootPolicy.ONE,
        help_text=_("What must be paid, beside fee and deposit, before a boot's release code is given."),
    )
    boot_tickets = models.PositiveSmallIntegerField(
        _("boots, unpaid tickets"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("A boot is for a plate with so many, or with the sum below. Both empty: one ticket is enough."),
    )
    boot_owed = PriceField(_("boots, unpaid sum"), null=True, blank=True)
    boot_ticket_days = models.PositiveSmallIntegerField(
        _("boots, age of a ticket, days"),
        default=0,
        validators=[MaxValueValidator(366)],
        help_text=_("Only tickets older than so many days count for that."),
    )
    boot_fee = PriceField(
        _("boots, fee"),
        default=Decimal("75.00"),
        help_text=_("Charged for every boot that is fitted from now on. 0: no fee."),
    )
    boot_deposit = PriceField(
        _("boots, deposit"),
        default=Decimal("100.00"),
        help_text=_("Paid with the ticket, and given back when the boot is back in time and undamaged. 0: no deposit."),
    )
    boot_hours = models.PositiveSmallIntegerField(
        _("boots, hours to bring it back"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text=_("Counted from the moment at which the release code is given."),
    )
    boot_tow_hours = models.PositiveSmallIntegerField(
        _("boots, hours until towing"),
        default=0,
        validators=[MaxValueValidator(720)],
        help_text=_(
            "A vehicle that stands with its boot for so long may be towed: its driver reads from when on, and the office's first "
            "page counts them. 0: nobody is told of towing."
        ),
    )
    boot_reminder_hours = models.PositiveSmallIntegerField(
        _("boots, reminder, hours"),
        default=4,
        validators=[MaxValueValidator(168)],
        help_text=_("How long before a boot is due an e-mail reminds of it. 0: nobody is reminded."),
    )
    boot_late_fee = PriceField(
        _("boots, late fee a day"),
        default=Decimal("25.00"),
        help_text=_("For each day begun after the time allowed. Taken from the deposit, the rest is owed. 0: no fee."),
    )
    boot_damage_fee = PriceField(
        _("boots, fee for a damaged one"),
        default=Decimal("100.00"),
        help_text=_("Suggested to staff who take a damaged boot back; they may name another sum."),
    )
    boot_dropoff = models.TextField(
        _("boots, drop-off place"),
        max_length=300,
        default=gettext_noop("The return box at the parking office, 17 Trent Lane. It is open day and night."),
        help_text=_("Stands with the release code."),
    )
    boot_instructions = models.TextField(
        _("boots, how to take one off"),
        max_length=1500,
        default=gettext_noop(
            "Put the vehicle in park. Enter the code on the keypad of the boot and turn the handle to the left. Lift the "
            "arm off the wheel, then pull the boot away from the tyre. It weighs about 7 kg."
        ),
        help_text=_("Stands with the release code. Blank lines make paragraphs."),
    )
    boot_code_by_text = models.BooleanField(
        _("boots, release code by text as well"),
        default=False,
        help_text=_(
            "On: Your Profile asks whether the release code should also come by text. It goes, once, to the confirmed phone of "
            "the account that paid, beside the e-mail. Off: by e-mail and on the ticket's page only."
        ),
    )

    class Meta:
        abstract = True
