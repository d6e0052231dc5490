"""Who may see a submission: whoever answers, in their account or in the browser that began it or opened its link; and staff
with the right, once it is handed in."""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from accounts.current import current_user
from accounts.models import User
from forms_module.models import FormDefinition, Submission
from opscom.lib.opened import opened
from opscom.lib.switches import only_with

SESSION_KEY = "opened_forms"
VIEW_RIGHT = "forms_module.view_submission"
forms_on = only_with("forms_enabled")


def visitor(request: HttpRequest) -> User | None:
    """Who is signed in, if anybody is."""
    return current_user(request) if request.user.is_authenticated else None


def forms_for(request: HttpRequest) -> QuerySet[FormDefinition]:
    """The forms that this visitor may answer, whenever they are open."""
    forms, user = FormDefinition.objects.filter(version__gt=0), visitor(request)
    return forms.for_type_of(user) if user else forms.for_guests()


def mine(request: HttpRequest) -> QuerySet[Submission]:
    """What this visitor has begun or submitted, the newest first."""
    rows, user = Submission.objects.select_related("form", "user"), visitor(request)
    guests = Q(user=None, code__in=opened(request, SESSION_KEY))
    return rows.filter(guests | Q(user=user) if user else guests)


def mine_or_404(request: HttpRequest, code: str) -> Submission:
    """The submission, for whoever answers."""
    submission = mine(request).filter(code=code).first()
    if submission is None:
        raise Http404
    return submission


def visible_or_404(request: HttpRequest, code: str) -> Submission:
    """The submission, for whoever answers and for the office."""
    if request.user.is_staff and request.user.has_perm(VIEW_RIGHT):
        found = Submission.objects.handed_in().select_related("form", "user").filter(code=code).first()
        if found:
            return found
    return mine_or_404(request, code)
