"""What one office decides for itself. Every field says its effect; a change holds at once on every process."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from opscom.lib.colours import validate_accent
from opscom.lib.money import PriceField


class SystemSettings(models.Model):
    """The single row (pk 1) of the office's choices. Read it through `opscom.lib.office.office()`."""

    class Registration(models.TextChoices):
        AUTO_LOGIN = "auto_login", _("Auto login: in at once, the link sets the password")
        VERIFY = "verify", _("Verification required: the e-mail's link comes first")

    class CancelRefund(models.TextChoices):
        NOTHING = "nothing", _("Nothing")
        DAY = "day", _("The days left")
        MONTH = "month", _("The whole months left")

    class BootPolicy(models.TextChoices):
        ONE = "one", _("The ticket that the boot is for")
        ALL = "all", _("All outstanding tickets of the vehicle and of the account")

    class ExchangeValue(models.TextChoices):
        DAYS = "days", _("The days left")
        CANCEL = "cancel", _("What a cancellation would give back")

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
    vehicle_disclaimer = models.TextField(
        _("vehicle disclaimer"),
        default=gettext_noop("I am the owner of this vehicle or may use it, and I keep its details up to date."),
        help_text=_("Agreed to before a vehicle is added."),
    )
    permit_disclaimer = models.TextField(
        _("permit disclaimer"),
        default=gettext_noop(
            "A permit gives a place in its lot, not a certain space. The rules of the lot hold at all times."
        ),
        blank=True,
        help_text=_("Agreed to before permits are shown. Empty: no disclaimer."),
    )
    print_once = models.BooleanField(
        _("printing happens once"),
        default=True,
        help_text=_(
            "A holder prints a permit once, and again only when it is lost, changed, or the office allows it. Off: as often "
            "as they like, each copy with its number."
        ),
    )
    print_text = models.TextField(
        _("text on printed permits"),
        blank=True,
        max_length=300,
        help_text=_("Stands at the foot of every printed permit, in its language. Empty: nothing more stands there."),
    )
    hold_minutes = models.PositiveSmallIntegerField(
        _("hold, minutes"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
        help_text=_("How long a reserved place waits for its payment before others may take it."),
    )
    permits_per_person = models.PositiveSmallIntegerField(
        _("permits of one person"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "How many standard permits a person may hold at the same time, in all lots together. Empty: any number."
        ),
    )
    temporary_permits = models.BooleanField(
        _("temporary permits"),
        default=True,
        help_text=_(
            "Permits by the hour or the day. Off: Temporary disappears from Permits; what is sold stays valid."
        ),
    )
    temporary_step = models.PositiveSmallIntegerField(
        _("temporary permits, steps in minutes"),
        choices=[(minutes, str(minutes)) for minutes in (5, 10, 15, 20, 30, 60)],
        default=15,
        help_text=_("Temporary permits start and end at full hours and so many minutes after."),
    )
    temporary_grace = models.PositiveSmallIntegerField(
        _("temporary permits, late start in minutes"),
        default=15,
        validators=[MaxValueValidator(60)],
        help_text=_("How long ago the start of a new temporary permit may lie, so that one can buy it once parked."),
    )
    temporary_reminder = models.PositiveSmallIntegerField(
        _("temporary permits, reminder in minutes"),
        default=60,
        validators=[MaxValueValidator(1440)],
        help_text=_("How long before a temporary permit ends its holder gets an e-mail. 0: nobody does."),
    )
    promise_days = models.PositiveSmallIntegerField(
        _("promise, days"),
        default=5,
        validators=[MaxValueValidator(60)],
        help_text=_("By when cash or a cheque must reach the office; users see this date."),
    )
    promise_grace_days = models.PositiveSmallIntegerField(
        _("promise, grace days"),
        default=3,
        validators=[MaxValueValidator(60)],
        help_text=_("How many days longer the place is kept. Users do not see it."),
    )
    refund_limit = PriceField(
        _("refund limit"),
        default=Decimal("100.00"),
        help_text=_("What one member of staff may refund of a payment alone. Above it a second person must approve."),
    )
    cancelling = models.BooleanField(
        _("cancelling permits"),
        default=True,
        help_text=_("Holders cancel their own permits. Off: Cancel Permit disappears and its page answers 404."),
    )
    cancel_refund = models.CharField(
        _("cancelled permit, refund"),
        max_length=10,
        choices=CancelRefund.choices,
        default=CancelRefund.DAY,
        help_text=_(
            "What its holder gets back of a paid permit. The day, or month, of the cancellation counts as used."
        ),
    )
    cancel_full_days = models.PositiveSmallIntegerField(
        _("cancelled permit, days with everything back"),
        default=3,
        validators=[MaxValueValidator(366)],
        help_text=_(
            "For so many days from the first one all is refunded, without a fee. 0: only before the first day."
        ),
    )
    cancel_fee = PriceField(
        _("cancelled permit, fee"),
        default=Decimal("0.00"),
        help_text=_("Kept of what is refunded afterwards, at most all of it."),
    )
    exchanging = models.BooleanField(
        _("exchanging permits"),
        default=True,
        help_text=_("Holders exchange a paid permit for one in another lot. Off: Exchange disappears."),
    )
    exchange_value = models.CharField(
        _("exchanged permit, what counts"),
        max_length=10,
        choices=ExchangeValue.choices,
        default=ExchangeValue.DAYS,
        help_text=_(
            "How much of the old permit's price counts for the new one. Its holder pays or gets the difference."
        ),
    )
    stored_cards = models.BooleanField(
        _("stored cards"),
        default=True,
        help_text=_(
            "Users store cards at the card provider, and monthly permits renew themselves on them. Off: Manage Credit Cards "
            "and Permit Rollover disappear, and nothing is charged."
        ),
    )
    stored_cards_for_parking = models.BooleanField(
        _("stored cards for temporary parking"),
        default=False,
        help_text=_("A stored card may also pay temporary parking. Off: it pays subscriptions only."),
    )
    rollover_automatic = models.BooleanField(
        _("automatic rollover"),
        default=True,
        help_text=_("Permits that renew themselves are charged every day as they fall due. Off: when staff start it."),
    )
    rollover_days_before = models.PositiveSmallIntegerField(
        _("rollover, days before"),
        default=3,
        validators=[MaxValueValidator(14)],
        help_text=_("How long before a permit ends its next month is charged, at the price of that day."),
    )
    rollover_price_days = models.PositiveSmallIntegerField(
        _("rollover, notice of a new price, days"),
        default=14,
        validators=[MaxValueValidator(60)],
        help_text=_("How long before its renewal the holder hears of a price that differs from the last one."),
    )
    rollover_grace_days = models.PositiveSmallIntegerField(
        _("rollover, grace days"),
        default=7,
        validators=[MaxValueValidator(27)],
        help_text=_("How long a permit stays valid when its renewal could not be charged; then it lapses."),
    )
    rollover_needs_no_fines = models.BooleanField(
        _("rollover without overdue tickets only"),
        default=False,
        help_text=_("On: a permit whose holder owes an overdue ticket is not renewed."),
    )
    fines_business_days = models.BooleanField(
        _("fines count business days"),
        default=False,
        help_text=_(
            "The days of discounts, due dates and late fees of new tickets leave out week-ends and the closed days of the "
            "office. Off: every day counts."
        ),
    )
    appeal_ends_discount = models.BooleanField(
        _("an appeal ends the discount"),
        default=False,
        help_text=_(
            "Whoever appeals a new ticket loses the discount for paying early. Off: it waits for the decision."
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
    closure_days = models.PositiveSmallIntegerField(
        _("closures shown before, days"),
        default=7,
        validators=[MaxValueValidator(60)],
        help_text=_("From how many days before its start a closure or event stands on the lot's card and on permits."),
    )
    permit_reminder_days = models.PositiveSmallIntegerField(
        _("permit reminder, days"),
        default=5,
        validators=[MaxValueValidator(60)],
        help_text=_("How long before a permit ends its holder gets an e-mail. 0: nobody does."),
    )
    permit_plates = models.PositiveSmallIntegerField(
        _("plates of a permit, at most"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("How many plates one permit may have, of which one is parked at a time."),
    )
    plate_changes = models.PositiveSmallIntegerField(
        _("changed plates a month"),
        default=5,
        validators=[MaxValueValidator(100)],
        help_text=_("How many plates a holder may put on a permit in a calendar month. 0: only the office does."),
    )
    courtesy_days = models.PositiveSmallIntegerField(
        _("courtesy car, days"),
        default=14,
        validators=[MaxValueValidator(92)],
        help_text=_("How long a courtesy car may use a permit at a time. 0: Courtesy Car disappears."),
    )
    courtesy_times = models.PositiveSmallIntegerField(
        _("courtesy car, times a year"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("How often in twelve months a holder may put a courtesy car on one permit."),
    )
    show_free_places = models.BooleanField(
        _("show free places"),
        default=True,
        help_text=_("Users see how many places a lot has left; off, only whether it is full."),
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
    plate_grace_minutes = models.PositiveSmallIntegerField(
        _("plate check, grace minutes"),
        default=15,
        validators=[MaxValueValidator(240)],
        help_text=_("How long after a permit ends enforcement still sees its plates as covered. 0: no longer."),
    )
    plate_other_minutes = models.PositiveSmallIntegerField(
        _("plate check, other plate, minutes"),
        default=60,
        validators=[MaxValueValidator(1440)],
        help_text=_(
            "Two plates of one permit that are checked within so many minutes are pointed out: one may be parked at a time. "
            "0: never."
        ),
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
    plate_check_days = models.PositiveSmallIntegerField(
        _("plate checks, retention, days"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text=_(
            "After so many days plates and permits are taken out of the log of checks, every night. The counts stay."
        ),
    )
    waitlists_enabled = models.BooleanField(
        _("waitlists"),
        default=True,
        help_text=_(
            "Off: Join Waitlist and My waitlists disappear, and no place is offered. Who waits keeps the order."
        ),
    )
    waitlist_most = models.PositiveSmallIntegerField(
        _("waitlists a person"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("On how many waitlists one person may be at a time."),
    )
    waitlist_keep_better = models.BooleanField(
        _("keep better choices"),
        default=True,
        help_text=_(
            "Who takes a place stays on the waitlists that they ranked before it. Off: they leave all their waitlists."
        ),
    )
    waitlist_exchange = models.BooleanField(
        _("a better place takes the first one's"),
        default=True,
        help_text=_(
            "Who has a permit and is offered a place of these days can exchange the one for the other, and what is unused of "
            "the first counts. Off: the first permit is kept beside the new one."
        ),
    )
    payroll_email = models.EmailField(
        _("Payroll Notification Email"),
        blank=True,
        help_text=_("Hears of every payment by payroll deduction once it is processed. Empty: nobody does."),
    )
    bounced_cheque_fee = PriceField(
        _("fee for a bounced cheque"),
        default=Decimal("0.00"),
        help_text=_("Charged to the payer when a cheque bounces. 0: no fee."),
    )
    lockers_enabled = models.BooleanField(
        _("lockers"), default=True, help_text=_("Off: the Lockers tab, its pages and the card on Home disappear.")
    )
    locker_disclaimer = models.TextField(
        _("locker disclaimer"),
        default=gettext_noop(
            "A locker is for one person and one term. The office may open it when the term is over or there is danger."
        ),
        blank=True,
        help_text=_("Agreed to before lockers are shown. Empty: no disclaimer."),
    )
    lockers_per_person = models.PositiveSmallIntegerField(
        _("lockers for one person"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("How many lockers somebody may have on the same day. The office may give more."),
    )
    locker_reminder_days = models.PositiveSmallIntegerField(
        _("locker reminder, days"),
        default=10,
        validators=[MaxValueValidator(60)],
        help_text=_("How long before a locker's term ends its holder gets an e-mail. 0: nobody does."),
    )
    locker_switching = models.BooleanField(
        _("switching lockers"),
        default=True,
        help_text=_(
            "Holders switch to another free locker and pay what it costs more. Off: only the office moves them."
        ),
    )
    locker_releasing = models.BooleanField(
        _("giving lockers back"),
        default=True,
        help_text=_("Holders give a locker back before its term ends. Off: only the office ends a term."),
    )
    boot_policy = models.CharField(
        _("boots, to be paid"),
        max_length=4,
        choices=BootPolicy.choices,
        default=BootPolicy.ONE,
        help_text=_("What must be paid, beside fee and deposit, before a boot's release code is given."),
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

    class Meta:
        verbose_name = _("system settings")
        verbose_name_plural = _("system settings")
        constraints = [models.CheckConstraint(name="settings_single_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return self.office_name
