"""Try-it only: a telephone on the screen that texts the office, by the same signed way as a gateway does."""

from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import TextMessage, User
from accounts.models.text import LONGEST
from accounts.text_providers import text_provider
from accounts.text_providers.phone import PhoneProvider
from accounts.views.texts import take_text, webhook_address
from opscom.lib.codes import random_code
from opscom.lib.office import office

PEOPLE, TEXTS = 6, 60
STRANGER = "+15195550199"
OFFICE_NUMBER = "+15195550100"  # where the office has not given one
SHOWN = (TextMessage.State.RECEIVED, TextMessage.State.SENT, TextMessage.State.DELIVERED)


class PhoneForm(forms.Form):
    """What is texted, and by which number."""

    number = forms.RegexField(r"^\+[1-9][0-9]{6,14}$", label=_("Whose telephone"))
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST,
        strip=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": _("Write what you want to send, for example ParkMe.")},
    )


def owners(number: str) -> list[tuple[str, str]]:
    """Telephones to take, with whose they are; the one in hand among them."""
    people = User.objects.filter(is_active=True, is_staff=False).exclude(phone="").order_by("pk")[:PEOPLE]
    found = {str(person.phone): f"{person.get_full_name()}, {person.phone}" for person in people}
    found[STRANGER] = gettext("Somebody without an account, %(number)s") % {"number": STRANGER}
    return list(({number: number} | found if number else found).items())


@require_http_methods(["GET", "HEAD", "POST"])
def show_phone(request: HttpRequest) -> HttpResponse:
    """What went back and forth, and one field for more. The page of a number is an address that can be kept."""
    phone = text_provider()
    if not isinstance(phone, PhoneProvider):
        raise Http404
    form = PhoneForm(request.POST or None)
    if form.is_valid():
        number = form.cleaned_data["number"]
        send_to_office(phone, number, form.cleaned_data["body"])
        return redirect(f"{reverse('phone')}?{urlencode({'number': number})}#last")
    asked = PhoneForm({"number": request.POST.get("number") or request.GET.get("number", ""), "body": "-"})
    choices = owners(asked.cleaned_data["number"] if asked.is_valid() else "")
    number = asked.cleaned_data["number"] if asked.is_valid() else choices[0][0]
    newest = (
        TextMessage.objects.filter(number=number, state__in=SHOWN)
        .select_related("user")
        .order_by("-created_at", "-pk")[:TEXTS]
    )
    context = {
        "form": form,
        "number": number,
        "owners": choices,
        "texts": newest[::-1],
        "office_number": office().text_number or OFFICE_NUMBER,
    }
    return render(request, "phone/page.html", context)


def send_to_office(phone: PhoneProvider, number: str, body: str) -> HttpResponse:
    """Deliver a text as the gateway does, signed; the answer is in a row."""
    fields = {
        "MessageSid": f"PH{random_code(30)}",
        "From": number,
        "To": office().text_number or OFFICE_NUMBER,
        "Body": body,
        "NumMedia": "0",
    }
    path = reverse("text_webhook")
    return take_text(path, fields, phone.sign(webhook_address(path), fields))
