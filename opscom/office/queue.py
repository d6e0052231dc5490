"""What waits for somebody in the office."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Mail, TextMessage
from forms_module.models import Submission
from opscom.lib.dates import end_of_day, start_of_day, today
from opscom.lib.money import ZERO, format_money
from opscom.lib.office import office
from payments.models import Difference, Payment, PaymentPlan, ProviderEvent, Refund
from payments.services.surplus import payments_with_surplus
from permits.models import HangTag, WaitlistEntry, WaitlistOffer
from violations.models import Appeal, Association, BootAssignment, LetterBatch, LookupItem, TicketLookup
from violations.services.collecting.sending import ready_tickets

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Lane:
    """One kind of work: how much, since when, and the list that it opens."""

    title: str | Promise
    colour: str
    count: int
    note: str
    late: str
    url: str


def _promises() -> Lane:
    sums = Payment.objects.filter(state=Payment.State.PROMISED).aggregate(
        n=Count("pk"), total=Sum("amount"), first=Min("promise_due_on")
    )
    late = Payment.objects.filter(state=Payment.State.PROMISED, promise_due_on__lt=today()).count()
    return Lane(
        title=_("Cash or cheque to process"),
        colour="is-promised",
        count=sums["n"],
        note=_("%(sum)s in all") % {"sum": format_money(sums["total"] or ZERO)},
        late=ngettext("%(n)s past its date", "%(n)s past their date", late) % {"n": late} if late else "",
        url=reverse("admin:payments_payment_changelist") + "?state__exact=promised",
    )


def _attention() -> Lane:
    kinds = Payment.objects.needing_attention().order_by("attention").values_list("attention").annotate(n=Count("pk"))
    words = ", ".join(f"{n} × {Payment.Attention(kind).label}" for kind, n in kinds)
    return Lane(
        title=_("Payments need attention"),
        colour="is-owed",
        count=sum(n for _kind, n in kinds),
        note=words,
        late="",
        url=reverse("admin:payments_payment_changelist") + "?needs=yes",
    )


def _money() -> list[Lane]:
    """Promised money, and payments that somebody must look at."""
    return [_promises(), _attention()]


def _plans() -> list[Lane]:
    """Payment plans that were not kept and of which something is still owed."""
    broken = PaymentPlan.objects.not_kept().count()
    page = "admin:payments_paymentplan_changelist"
    return [_simple(gettext_lazy("Payment plans not kept"), "is-overdue", broken, page, "?owed=yes")]


def _set_aside() -> list[Lane]:
    count = ProviderEvent.objects.filter(outcome="quarantined").count()
    page = "admin:payments_providerevent_changelist"
    return [_simple(gettext_lazy("Provider events set aside"), "is-owed", count, page, "?outcome__exact=quarantined")]


def _differences() -> list[Lane]:
    count, page = Difference.objects.open().count(), "admin:payments_difference_changelist"
    return [_simple(gettext_lazy("Differences to the card provider"), "is-overdue", count, page, "?open=yes")]


def _mails() -> list[Lane]:
    count, page = Mail.objects.filter(state=Mail.State.FAILED).count(), "admin:accounts_mail_changelist"
    return [_simple(gettext_lazy("E-mails refused"), "is-overdue", count, page, "?state__exact=failed")]


def _texts() -> list[Lane]:
    """Texts of the last week that did not arrive, or perhaps not. What is older is of no use to anybody."""
    since = start_of_day(today() - WEEK)
    state = (TextMessage.State.FAILED, TextMessage.State.UNKNOWN)
    count = TextMessage.objects.filter(created_at__gte=since, state__in=state).count()
    filters = "?" + urlencode({"state__in": "failed,unknown", "created_at__gte": since.isoformat()})
    page = "admin:accounts_textmessage_changelist"
    return [_simple(gettext_lazy("Texts not delivered"), "is-overdue", count, page, filters)]


def _hang_tags() -> list[Lane]:
    count, page = HangTag.objects.filter(state=HangTag.State.TO_MAKE).count(), "admin:permits_hangtag_changelist"
    return [_simple(gettext_lazy("Hang tags to make"), "is-held", count, page, "?state__exact=to_make")]


def _boots() -> list[Lane]:
    late = BootAssignment.objects.filter(state=BootAssignment.State.OVERDUE).count()
    page = "admin:violations_bootassignment_changelist"
    return [_simple(gettext_lazy("Boots not back in time"), "is-overdue", late, page, "?standing=late")]


def _forms() -> list[Lane]:
    """Submitted forms that nobody has decided on."""
    count, page = Submission.objects.waiting().count(), "admin:forms_module_submission_changelist"
    return [_simple(gettext_lazy("Forms to review"), "is-review", count, page, "")]


def _missed() -> list[Lane]:
    missed = TicketLookup.objects.filter(found=False, at__date=today()).count()
    page = "admin:violations_ticketlookup_changelist"
    return [_simple(gettext_lazy("Ticket look-ups that failed today"), "is-held", missed, page, "?found__exact=0")]


def _appeals() -> list[Lane]:
    """Appeals to decide, and how many have waited longer than people are told; and who asks for a vehicle of others."""
    before = timezone.now() - timedelta(days=office().appeal_answer_days)
    running = Appeal.objects.running().with_boot()
    sums = running.aggregate(
        n=Count("pk"), late=Count("pk", filter=Q(submitted_at__lt=before)), held=Count("pk", filter=Q(booted=True))
    )
    late, booted = sums["late"], sums["held"]
    appeals = Lane(
        title=_("Appeals to decide"),
        colour="is-review",
        count=sums["n"],
        note=ngettext("%(n)s with a boot on", "%(n)s with a boot on", booted) % {"n": booted} if booted else "",
        late=ngettext("%(n)s past its date", "%(n)s past their date", late) % {"n": late} if late else "",
        url=reverse("admin:violations_appeal_changelist"),
    )
    asked = Association.objects.waiting().count()
    page = "admin:violations_association_changelist"
    return [appeals, _simple(gettext_lazy("Associations to allow"), "is-held", asked, page, "?answer=waiting")]


def _letters() -> list[Lane]:
    """Batches of letters that are locked and not in the post. How many tickets wait for one is said where a batch is made:
    with a million tickets that takes too long for this page."""
    batches = LetterBatch.objects.filter(sent_at=None, dropped_at=None).count()
    page = "admin:violations_letterbatch_"
    return [
        _simple(
            gettext_lazy("Batches of letters to post"),
            "is-held",
            batches,
            f"{page}changelist",
            "?sent_at__isnull=True&dropped_at__isnull=True",
        ),
    ]


def _owners() -> list[Lane]:
    """What the registry could not answer, and nobody has taken note of."""
    errors = LookupItem.objects.filter(outcome=LookupItem.Outcome.ERROR, acknowledged_at=None).count()
    page = "admin:violations_lookupbatch_changelist"
    return [_simple(gettext_lazy("Owners that the registry did not find"), "is-overdue", errors, page, "")]


def _agency() -> list[Lane]:
    """Tickets for the collection agency, where the office has one."""
    if not office().collections_days:
        return []
    ready, page = ready_tickets(at=timezone.now()).count(), "admin:violations_collectionsbatch_add"
    return [_simple(gettext_lazy("Tickets ready for the collection agency"), "is-owed", ready, page, "")]


def _waitlists() -> list[Lane]:
    """Offers that end today, and people for whom staff make the offers."""
    lapsing = WaitlistOffer.objects.live().filter(expires_at__lt=end_of_day(today())).count()
    by_staff = WaitlistEntry.objects.filter(state=WaitlistEntry.State.WAITING, waitlist__automatic=False).count()
    page = "admin:permits_waitlistentry_changelist"
    return [
        _simple(gettext_lazy("Waitlist offers to answer today"), "is-held", lapsing, page, "?state__exact=offered"),
        _simple(
            gettext_lazy("People who wait for an offer by staff"),
            "is-owed",
            by_staff,
            "admin:permits_waitlist_changelist",
            "?automatic__exact=0",
        ),
    ]


def _refunds() -> list[Lane]:
    """What waits for a second person, failed, or lies ready to be handed out; and what is still here of what was overpaid."""
    sums = Refund.objects.aggregate(
        requested=Count("pk", filter=Q(state="requested")),
        failed=Count("pk", filter=Q(state="failed")),
        office=Count("pk", filter=Q(state="created", target="office")),
    )
    page = "admin:payments_refund_changelist"
    return [
        _simple(
            gettext_lazy("Refunds wait for a second person"),
            "is-held",
            sums["requested"],
            page,
            "?state__exact=requested",
        ),
        _simple(gettext_lazy("Refunds failed"), "is-overdue", sums["failed"], page, "?state__exact=failed"),
        _simple(
            gettext_lazy("Refunds to hand out"),
            "is-promised",
            sums["office"],
            page,
            "?state__exact=created&target__exact=office",
        ),
        _simple(
            gettext_lazy("Surplus of payers"),
            "is-owed",
            payments_with_surplus().count(),
            "admin:payments_refund_surplus",
            "",
        ),
    ]


def _simple(title: str | Promise, colour: str, count: int, url_name: str, query: str) -> Lane:
    return Lane(title, colour, count, "", "", reverse(url_name) + query)


LANES: tuple[tuple[str, Callable[[], list[Lane]]], ...] = (
    ("payments.view_payment", _money),
    ("payments.view_refund", _refunds),
    ("payments.view_paymentplan", _plans),
    ("payments.view_providerevent", _set_aside),
    ("payments.view_difference", _differences),
    ("permits.view_waitlistentry", _waitlists),
    ("accounts.view_mail", _mails),
    ("accounts.view_textmessage", _texts),
    ("permits.view_hangtag", _hang_tags),
    ("violations.change_bootassignment", _boots),
    ("violations.view_appeal", _appeals),
    ("violations.add_letterbatch", _letters),
    ("violations.add_lookupbatch", _owners),
    ("violations.add_collectionsbatch", _agency),
    ("forms_module.view_submission", _forms),
    ("violations.view_ticketlookup", _missed),
)


def waiting_lanes(request: HttpRequest) -> list[Lane]:
    """The lanes that this member of staff may see, each in one query or two."""
    return [lane for right, lanes in LANES if request.user.has_perm(right) for lane in lanes()]
