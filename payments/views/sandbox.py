"""Try-it only: the sandbox provider's payment page. It asks for a kind of test card, never for a number."""

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from opscom.lib.work import hint
from payments.models import SandboxSession
from payments.tasks import deliver_sandbox_notice

CARDS = [
    ("success", _("Test card that pays")),
    ("decline", _("Test card that is declined")),
    ("secure", _("Test card that asks for a 3-D Secure step")),
    ("vanish", _("Test card that pays, but the page never comes back")),
]


class CardForm(forms.Form):
    """Which way this payment should go."""

    card = forms.ChoiceField(label=_("Card"), choices=CARDS, initial="success", widget=forms.RadioSelect)


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Pay Now, decline, the 3-D Secure step, or a page that never returns."""
    session = get_object_or_404(SandboxSession, reference=reference)
    if session.state != SandboxSession.State.OPEN or session.expires_at <= timezone.now():
        return render(request, "sandbox/closed.html", {"session": session})
    form = CardForm(request.POST or None)
    context = {"session": session, "form": form, "declined": False}
    if request.method == "POST" and form.is_valid():
        card, step = form.cleaned_data["card"], request.POST.get("step")
        if card == "decline" or step == "fail":
            return render(request, "sandbox/page.html", context | {"declined": True})
        if card == "secure" and step != "complete":
            return render(request, "sandbox/secure.html", context)
        take_money(session)
        if card == "vanish":
            return render(request, "sandbox/vanished.html", context)
        return redirect(session.success_url)
    return render(request, "sandbox/page.html", context)


@transaction.atomic
def take_money(session: SandboxSession) -> None:
    """The provider's own bookkeeping, and its webhook afterwards."""
    paid = SandboxSession.objects.filter(pk=session.pk, state=SandboxSession.State.OPEN).update(
        state=SandboxSession.State.PAID
    )
    if paid:
        hint(deliver_sandbox_notice, reference=session.reference)
