"""Try-it only: the sandbox provider's pages. They ask for a kind of test card, never for a number."""

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from opscom.lib.dates import today
from opscom.lib.work import hint
from payments.models import SandboxCard, SandboxSession, SandboxSetup
from payments.tasks import deliver_sandbox_notice

CARDS = [
    ("success", _("Test card that pays")),
    ("decline", _("Test card that is declined")),
    ("secure", _("Test card that asks for a 3-D Secure step")),
    ("vanish", _("Test card that pays, but the page never comes back")),
    ("no-refund", _("Test card that pays, but takes no refund")),
    ("dispute", _("Test card that pays, and whose holder disputes it")),
]
LOOKS = {
    SandboxCard.Behaviour.PAYS: ("visa", "4242"),
    SandboxCard.Behaviour.SHORT: ("visa", "9995"),
    SandboxCard.Behaviour.LOST: ("visa", "9987"),
    SandboxCard.Behaviour.SECURE: ("visa", "3184"),
    SandboxCard.Behaviour.EXPIRING: ("mastercard", "4444"),
}


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
        take_money(session, later=card if card in SandboxSession.Later.values else "")
        if card == "vanish":
            return render(request, "sandbox/vanished.html", context)
        return redirect(session.success_url)
    return render(request, "sandbox/page.html", context)


@transaction.atomic
def take_money(session: SandboxSession, *, later: str) -> None:
    """The provider's own bookkeeping, and its webhooks afterwards."""
    paid = SandboxSession.objects.filter(pk=session.pk, state=SandboxSession.State.OPEN).update(
        state=SandboxSession.State.PAID, paid_at=timezone.now(), later=later
    )
    if paid:
        hint(deliver_sandbox_notice, reference=session.reference)
    if paid and later == SandboxSession.Later.DISPUTE:
        hint(deliver_sandbox_notice, reference=session.reference, dispute=True)


class StoreForm(forms.Form):
    """Which card is stored."""

    card = forms.ChoiceField(
        label=_("Card"),
        choices=SandboxCard.Behaviour.choices,
        initial=SandboxCard.Behaviour.PAYS,
        widget=forms.RadioSelect,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def store_card(request: HttpRequest, reference: str) -> HttpResponse:
    """The page on which a card is stored: one that pays, or that is declined later in one way or another."""
    setup = get_object_or_404(SandboxSetup, reference=reference)
    if setup.done or setup.expires_at <= timezone.now():
        return render(request, "sandbox/card_closed.html", {"setup": setup})
    form = StoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        keep_card(setup, behaviour=SandboxCard.Behaviour(form.cleaned_data["card"]))
        return redirect(setup.success_url)
    return render(request, "sandbox/card.html", {"setup": setup, "form": form})


@transaction.atomic
def keep_card(setup: SandboxSetup, *, behaviour: SandboxCard.Behaviour) -> None:
    """Keep the card at the provider, and tell by webhook."""
    setup = SandboxSetup.objects.select_for_update().get(pk=setup.pk)
    if setup.done:
        return
    brand, last4 = LOOKS[behaviour]
    now = today()
    expiring = behaviour == SandboxCard.Behaviour.EXPIRING
    setup.card = SandboxCard.objects.create(
        customer_ref=setup.customer_ref,
        behaviour=behaviour,
        brand=brand,
        last4=last4,
        exp_month=now.month,
        exp_year=now.year + (0 if expiring else 3),
    )
    setup.done = True
    setup.save(update_fields=["card", "done"])
    hint(deliver_sandbox_notice, reference=setup.reference)
