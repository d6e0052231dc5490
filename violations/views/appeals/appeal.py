"""One appeal: begun, written, handed in, looked at (APP-2, APP-3, APP-5)."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.lib.opened import open_signed
from violations.appeal_links import SALT
from violations.errors import AppealRefused
from violations.forms.appeals import AnswerForm, GuestReasonForm, ReasonForm
from violations.models import Appeal, Violation
from violations.services.appeals.associating import other_tickets
from violations.services.appeals.drafting import answer_question, begin_appeal, save_draft, submit_appeal
from violations.services.appeals.evidence import MOST_FILES, add_evidence, can_be_opened, remove_evidence
from violations.services.appeals.rules import last_day_of, last_second_day_of
from violations.views.access import find_visible, is_associated, may_pay
from violations.views.appeals.access import SESSION_KEY, appeal_or_404, appeals_on, draft_of_guest, remember_appeal


@require_POST
@appeals_on
def request_appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Request Appeal: a draft of one's own; for a ticket of somebody else's vehicle the way to associate it."""
    violation = find_visible(request, number)
    if violation is None or not (may_pay(request, violation) or is_associated(request, violation)):
        return _to_association(request, number)
    user = current_user(request) if request.user.is_authenticated else None
    try:
        appeal = (None if user else draft_of_guest(request, violation)) or begin_appeal(
            violation, user=user, language=get_language() or "en"
        )
    except AppealRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("violations:ticket", violation.number)
    if user is None:
        remember_appeal(request, appeal.code)
    return redirect("violations:appeal", appeal.code)


@require_http_methods(["GET", "HEAD", "POST"])
def show_appeal(request: HttpRequest, code: str) -> HttpResponse:
    """The form while it is a draft; afterwards what was said, shown and decided."""
    appeal = appeal_or_404(request, code)
    if request.method != "POST":
        return _page(request, appeal, _form_of(appeal, None))
    form = _form_of(appeal, request.POST)
    if form is None:
        return redirect("violations:appeal", appeal.code)
    if not form.is_valid():
        return _page(request, appeal, form)
    try:
        _act(request, appeal, form)
    except AppealRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("violations:appeal", appeal.code)


@require_safe
@appeals_on
def open_status_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a guest's e-mail opens the appeal in this browser."""
    return redirect("violations:appeal", open_signed(request, token, SESSION_KEY, salt=SALT))


def _act(request: HttpRequest, appeal: Appeal, form: Form) -> None:
    """Keep what was typed and added, then do what the button says; where a file is refused, nothing is handed in."""
    said, do = form.cleaned_data, request.POST.get("do", "")
    user: User | None = current_user(request) if request.user.is_authenticated else None
    if appeal.is_draft:
        save_draft(appeal, reason=said["reason"], name=said.get("name", ""), email=said.get("email", ""))
    files = request.FILES.getlist("files")
    refused = add_evidence(appeal, files=files) if files else []
    for refusal in refused:
        messages.error(request, refusal.message)
    if do.startswith("remove:"):
        remove_evidence(appeal, code=do.partition(":")[2])
    elif do == "submit" and not refused:
        submit_appeal(appeal, by=user)
        messages.success(request, _("Your appeal is submitted. An e-mail confirms it."))
    elif do == "answer" and not refused:
        answer_question(appeal, text=said["answer"], by=user)
        messages.success(request, _("The parking office has your answer."))
    elif do == "save":
        messages.success(request, _("Your draft is kept. It is not submitted yet."))


def _form_of(appeal: Appeal, data: QueryDict | None) -> Form | None:
    if appeal.is_draft:
        kept = {"reason": appeal.reason, "name": appeal.name, "email": appeal.email}
        return (ReasonForm if appeal.user_id else GuestReasonForm)(data, initial=kept)
    return AnswerForm(data) if appeal.state == Appeal.State.ASKED else None


def _page(request: HttpRequest, appeal: Appeal, form: Form | None) -> HttpResponse:
    files = list(appeal.files.all())
    for file in files:
        file.opens = can_be_opened(file)  # type: ignore[attr-defined]
    violation, by = appeal.violation, appeal.decide_by(office().appeal_answer_days)
    first = violation.appeals.filter(level=1).handed_in().first() if appeal.level > 1 else None
    context = {
        "appeal": appeal,
        "violation": violation,
        "form": form,
        "files": files,
        "room": MOST_FILES - len(files) if office().appeal_files else 0,
        "last_day": last_second_day_of(first) if first else last_day_of(violation),
        "decide_by": today(by) if by else None,
        "others": list(other_tickets(violation)) if is_associated(request, violation) else [],
        "now": timezone.now(),
    }
    return render(request, f"violations/appeals/{'request' if appeal.is_draft else 'appeal'}.html", context)


def _to_association(request: HttpRequest, number: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("violations:pay_ticket" if office().guest_payment else "account_login")
    if not Violation.objects.filter(number=number).exists():
        raise Http404
    return redirect("violations:associate", number)
