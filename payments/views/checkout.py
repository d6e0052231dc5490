"""From ticked charges to a way of paying (PAY-2 to PAY-4, GST-2)."""

from collections.abc import Iterable
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from accounts.models import Company, User
from payments.errors import AlreadyPaid, PaymentRefused, ProviderUnreachable
from payments.forms import MethodForm, lines_of
from payments.models import Charge, Checkout, Payment, PaymentMethod, StoredCard
from payments.models.charge import ChargeQuerySet
from payments.services.attempts import close_older_attempts, start_card_payment
from payments.services.checkouts import start_checkout
from payments.services.promises import pay_by_credit, promise_payment
from payments.services.stored import charge_card
from payments.services.taxes import taxes_of_lines


@login_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Continue to Checkout: freeze what is ticked."""
    user = current_user(request)
    return check_out(request, ticked(request, Charge.objects.for_user(user)), user=user, page=reverse("payments:list"))


def ticked(request: HttpRequest, payable: ChargeQuerySet) -> ChargeQuerySet:
    """Which of them are ticked on the page that was sent."""
    return payable.filter(code__in=[code for code in request.POST.getlist("charge") if "\x00" not in code])


def check_out(
    request: HttpRequest,
    charges: Iterable[Charge],
    *,
    user: User | None,
    page: str,
    company: Company | None = None,
    kept: str = "",
) -> HttpResponse:
    """Freeze these charges and go on to Payment Method; refused, back to the page with the reason. `kept` is where the session
    of a guest has the code of the checkout that the same selection leads to again."""
    try:
        checkout = start_checkout(
            charges,
            user=user,
            company=company,
            language=get_language() or "en",
            back=page,
            earlier=request.session.get(kept, ""),
        )
    except PaymentRefused as refusal:
        messages.error(request, refusal.message)
        return redirect(page)
    if kept:
        request.session[kept] = checkout.code
    return redirect("payments:checkout", checkout.code)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_method(request: HttpRequest, code: str) -> HttpResponse:
    """Payment Method: choose, and go to the card page or promise."""
    checkout = get_checkout(request, code)
    if settled := _where_it_ended(checkout):
        return settled
    form = MethodForm(request.POST or None, checkout=checkout)
    if request.method == "POST" and form.is_valid():
        try:
            return _pay(checkout, card=form.chosen_card, **form.cleaned_data)
        except AlreadyPaid:
            checkout.refresh_from_db()
            return _where_it_ended(checkout) or redirect("payments:checkout", checkout.code)
        except PaymentRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path if refusal.code in ("credit", "busy") else back_page(checkout))
        except ProviderUnreachable:
            form.add_error(
                None, _("The card provider does not answer. You were not charged. Wait a minute and try again.")
            )
    return render(request, "payments/checkout.html", checkout_context(checkout) | {"form": form})


@require_safe
def promised(request: HttpRequest, code: str) -> HttpResponse:
    """Paid but not Processed: what to bring, where, and by when."""
    checkout = get_checkout(request, code)
    payment = checkout.payments.filter(state=Payment.State.PROMISED).first()
    if payment is None:
        return _where_it_ended(checkout) or redirect("payments:checkout", checkout.code)
    shown = {"payment": payment, "credit": checkout.total - payment.amount}
    return render(request, "payments/promised.html", checkout_context(checkout) | shown)


def get_checkout(request: HttpRequest, code: str) -> Checkout:
    """The visitor's checkout; 404 for anybody else's."""
    return get_object_or_404(Checkout.objects.for_user(request.user).select_related("user"), code=code)


def checkout_context(checkout: Checkout) -> dict[str, object]:
    """Lines, taxes and total for the side card."""
    lines = lines_of(checkout)
    held = [line.charge.held_until for line in lines if line.charge.held_until]
    return {
        "checkout": checkout,
        "lines": lines,
        "taxes": taxes_of_lines(lines),
        "held_until": min(held, default=None),
        "back": back_page(checkout),
    }


def back_page(checkout: Checkout) -> str:
    """Where Back leads: the guest's ticket, or Payments."""
    return checkout.back or "/payments/"


def _pay(
    checkout: Checkout, *, method: PaymentMethod, email: str, credit: Decimal, card: StoredCard | None
) -> HttpResponse:
    if card:
        close_older_attempts(checkout, keep_card=False)
        payment = charge_card(checkout, card=card, email=email, unattended=False)
        return redirect("payments:return", payment.code)  # which says how it ended
    if method.code == PaymentMethod.CREDIT:
        payment = pay_by_credit(checkout, email=email, credit=credit)
        return redirect("payments:receipt", payment.receipt.code)
    if method.settles == PaymentMethod.Settles.PROMISE:
        promise_payment(checkout, method_code=method.code, email=email, credit=credit)
        return redirect("payments:promised", checkout.code)
    return redirect(start_card_payment(checkout, email=email, credit=credit).url)


def _where_it_ended(checkout: Checkout) -> HttpResponse | None:
    """The receipt or the promise of a checkout that is done; nothing while it is open."""
    if checkout.state != Checkout.State.DONE:
        return None
    payments = checkout.payments.filter(state__in=[Payment.State.CONFIRMED, Payment.State.PROMISED]).select_related(
        "receipt"
    )
    payment = payments.order_by("state").first()
    if payment is None:
        return None
    if payment.state == Payment.State.CONFIRMED:
        return redirect("payments:receipt", payment.receipt.code)
    return redirect("payments:promised", checkout.code)
