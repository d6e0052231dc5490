"""Forms: what there is, what somebody has submitted, and the way to open one (FRM-1)."""

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from forms_module.errors import FormRefused
from forms_module.links import SALT
from forms_module.models import FormDefinition, Submission
from forms_module.services.answering import begin_submission
from forms_module.views.access import SESSION_KEY, forms_for, forms_on, mine, visitor
from opscom.lib.opened import open_signed, remember

ON_A_PAGE = 20


@require_safe
@forms_on
def show_forms(request: HttpRequest) -> HttpResponse:
    """The forms that are open for this visitor, and how those that they began or submitted stand."""
    page = Paginator(mine(request), ON_A_PAGE).get_page(request.GET.get("page"))
    forms = forms_for(request) & FormDefinition.objects.open_at(timezone.now())
    return render(request, "forms_module/list.html", {"forms": list(forms), "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@forms_on
def show_form(request: HttpRequest, code: str) -> HttpResponse:
    """One form before it is opened, as its direct link shows it; Open Form begins a draft."""
    form = _form_or_404(request, code)
    if request.method != "POST":
        return render(request, "forms_module/form.html", {"form": form, "is_open": form.is_open_at(timezone.now())})
    user = visitor(request)
    try:
        submission = _draft_of_guest(request, form) or begin_submission(
            form, user=user, language=get_language() or "en"
        )
    except FormRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("forms:list")
    if user is None:
        remember(request, SESSION_KEY, submission.code)
    return redirect("forms:answer", submission.code)


@require_safe
@forms_on
def open_status_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a guest's e-mail opens the submission in this browser."""
    return redirect("forms:answer", open_signed(request, token, SESSION_KEY, salt=SALT))


def _form_or_404(request: HttpRequest, code: str) -> FormDefinition:
    form: FormDefinition = get_object_or_404(forms_for(request), code=code)
    return form


def _draft_of_guest(request: HttpRequest, form: FormDefinition) -> Submission | None:
    """What this browser has begun without an account. A new one counts against the address that it comes from."""
    if request.user.is_authenticated:
        return None
    begun = mine(request).filter(form=form, state=Submission.State.DRAFT).first()
    if begun is None and not consume(request, action="public_form"):
        raise FormRefused(_("Too many forms were opened from here. Wait 15 minutes, then try again."), code="many")
    return begun
