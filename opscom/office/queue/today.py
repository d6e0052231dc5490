"""What waits for somebody in the office."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountUpload, Mail, TextMessage, Wording
from forms_module.models import Submission
from opscom.lib.dates import end_of_day, start_of_day, today
from opscom.lib.office import office
from opscom.office.queue import told
from opscom.office.queue.lane import Counted, Lane, Told, read_lanes
from payments.models import Difference, Payment, PaymentPlan, ProviderEvent, Refund
from payments.services.surplus import payments_with_surplus
from permits.models import HangTag, Permit, PermitTerm, WaitlistEntry
from permits.services.runs import left_out_until_now
from violations.models import Association, BootAssignment, LetterBatch, LookupBatch, TicketLookup

WEEK = timedelta(days=7)


def _undelivered_texts() -> "QuerySet[Any]":
    """Those of the last week that did not arrive, or perhaps not. What is older is of no use to anybody."""
    lost = (TextMessage.State.FAILED, TextMessage.State.UNKNOWN)
    return TextMessage.objects.filter(created_at__gte=start_of_day(today() - WEEK), state__in=lost)


def _their_filter() -> str:
    since = start_of_day(today() - WEEK).isoformat()
    return "?" + urlencode({"state__in": "failed,unknown", "created_at__gte": since})


def _keys(model: type, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The same rows without what was added to them, so that they are only counted."""
    plain: QuerySet[Any] = model._default_manager.filter(pk__in=rows.order_by().values("pk"))  # type: ignore[attr-defined]
    return plain


# The letters' lane counts batches that are locked and not in the post. How many tickets wait for a letter is said where a batch is
# made: with a million tickets that takes too long for this page.
LANES: tuple[Counted | Told, ...] = (
    Told("payments.view_payment", told.money),
    Counted(
        "payments.view_refund",
        _("Refunds wait for a second person"),
        "is-held",
        lambda: Refund.objects.filter(state="requested"),
        "payments_refund_changelist",
        "?state__exact=requested",
    ),
    Counted(
        "payments.view_refund",
        _("Refunds failed"),
        "is-overdue",
        lambda: Refund.objects.filter(state="failed"),
        "payments_refund_changelist",
        "?state__exact=failed",
    ),
    Counted(
        "payments.view_refund",
        _("Refunds to hand out"),
        "is-promised",
        lambda: Refund.objects.filter(state="created", target="office"),
        "payments_refund_changelist",
        "?state__exact=created&target__exact=office",
    ),
    Counted(
        "payments.view_refund",
        _("Surplus of payers"),
        "is-owed",
        lambda: _keys(Payment, payments_with_surplus()),
        "payments_refund_surplus",
    ),
    Counted(
        "payments.view_paymentplan",
        _("Payment plans not kept"),
        "is-overdue",
        lambda: _keys(PaymentPlan, PaymentPlan.objects.not_kept()),
        "payments_paymentplan_changelist",
        "?owed=yes",
    ),
    Counted(
        "payments.view_providerevent",
        _("Provider events set aside"),
        "is-owed",
        lambda: ProviderEvent.objects.filter(outcome="quarantined"),
        "payments_providerevent_changelist",
        "?outcome__exact=quarantined",
    ),
    Counted(
        "payments.view_difference",
        _("Differences to the card provider"),
        "is-overdue",
        lambda: Difference.objects.open(),
        "payments_difference_changelist",
        "?open=yes",
    ),
    Counted(
        "permits.view_permitterm",
        _("Rollovers that the card did not pay"),
        "is-overdue",
        lambda: PermitTerm.objects.filter(state=PermitTerm.State.DUE).exclude(problem=""),
        "permits_permitterm_changelist",
        "?state__exact=due&problem__gt=",
    ),
    Counted(
        "permits.process_rolloverrun",
        _("Left out of a rollover until now"),
        "is-overdue",
        lambda: _keys(Permit, left_out_until_now()),
        "permits_rolloverrun_rehearse",
    ),
    Counted(
        "permits.view_waitlistentry",
        _("Waitlist offers to answer today"),
        "is-held",
        lambda: WaitlistEntry.objects.to_answer_by(end_of_day(today())),
        "permits_waitlistentry_changelist",
        "?answer=today",
    ),
    Told("permits.view_waitlistentry", told.room),
    Told("permits.release_permit", told.unpaid),
    Counted(
        "accounts.view_mail",
        _("E-mails refused"),
        "is-overdue",
        lambda: Mail.objects.filter(state=Mail.State.FAILED),
        "accounts_mail_changelist",
        "?state__exact=failed",
    ),
    Counted(
        "accounts.view_textmessage",
        _("Texts not delivered"),
        "is-overdue",
        _undelivered_texts,
        "accounts_textmessage_changelist",
        _their_filter,
    ),
    Counted(
        "accounts.change_wording",
        _("Texts of the office that failed"),
        "is-overdue",
        lambda: Wording.objects.exclude(failed_at=None),
        "accounts_wording_changelist",
        "?only=failed",
    ),
    Counted(
        "accounts.view_accountupload",
        _("Documents to look at"),
        "is-review",
        lambda: AccountUpload.objects.filter(state=AccountUpload.State.READY),
        "accounts_accountupload_changelist",
        "?state__exact=ready",
    ),
    Counted(
        "permits.view_hangtag",
        _("Hang tags to make"),
        "is-held",
        lambda: HangTag.objects.filter(state=HangTag.State.TO_MAKE),
        "permits_hangtag_changelist",
        "?state__exact=to_make",
    ),
    Counted(
        "violations.change_bootassignment",
        _("Boots not back in time"),
        "is-overdue",
        lambda: BootAssignment.objects.filter(state=BootAssignment.State.OVERDUE),
        "violations_bootassignment_changelist",
        "?standing=late",
    ),
    Counted(
        "violations.change_bootassignment",
        _("Vehicles with a boot that may be towed"),
        "is-overdue",
        lambda: BootAssignment.objects.to_tow(timezone.now(), hours=office().boot_tow_hours),
        "violations_bootassignment_changelist",
        "?standing=tow",
    ),
    Told("violations.view_appeal", told.appeals),
    Counted(
        "violations.view_appeal",
        _("Associations to allow"),
        "is-held",
        lambda: Association.objects.waiting(),
        "violations_association_changelist",
        "?answer=waiting",
    ),
    Counted(
        "violations.add_letterbatch",
        _("Batches of letters to post"),
        "is-held",
        lambda: LetterBatch.objects.filter(sent_at=None, dropped_at=None),
        "violations_letterbatch_changelist",
        "?sent_at__isnull=True&dropped_at__isnull=True",
    ),
    Counted(
        "violations.add_lookupbatch",
        _("Owner look-ups with errors"),
        "is-overdue",
        lambda: LookupBatch.objects.with_errors(),
        "violations_lookupbatch_changelist",
        "?errors=open",
    ),
    Told("violations.add_collectionsbatch", told.agency),
    Counted(
        "forms_module.view_submission",
        _("Forms to review"),
        "is-review",
        lambda: Submission.objects.waiting(),
        "forms_module_submission_changelist",
    ),
    Counted(
        "violations.view_ticketlookup",
        _("Ticket look-ups that failed today"),
        "is-held",
        lambda: TicketLookup.objects.filter(found=False, at__date=today()),
        "violations_ticketlookup_changelist",
        lambda: "?" + urlencode({"found__exact": 0, "at__gte": start_of_day(today()).isoformat()}),
    ),
)


def waiting_lanes(request: HttpRequest) -> tuple[list[Lane], list[Lane]]:
    """(what waits for this member of staff, the most urgent first; where nothing does)."""
    lanes = read_lanes(request, LANES)
    waiting = [lane for lane in lanes if lane.count]
    return sorted(waiting, key=lambda lane: lane.urgency), [lane for lane in lanes if not lane.count]
