"""Try-it only: the e-mails that the portal wrote."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Mail


@require_safe
def list_mail(request: HttpRequest) -> HttpResponse:
    """The newest fifty."""
    return render(request, "mailbox/list.html", {"mails": Mail.objects.all()[:50]})


@require_safe
def show_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One message as its reader sees the text part, its link to click on."""
    return render(request, "mailbox/mail.html", {"mail": get_object_or_404(Mail, pk=pk)})
