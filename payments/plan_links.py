"""Where a payment plan is looked at; of a guest's plan also by a signed link, which whoever got the e-mail opens."""

from django.conf import settings
from django.urls import reverse

from opscom.lib.opened import sign_code
from payments.models import PaymentPlan

SALT = "payments.plan"


def page_of(plan: PaymentPlan) -> str:
    """The page of a plan."""
    return reverse("payments:plan", args=[plan.code])


def link_to(plan: PaymentPlan) -> str:
    """The address in an e-mail: of the page itself for people with an account, of the signed link for guests."""
    signed = reverse("payments:plan_link", args=[sign_code(plan.code, salt=SALT)])
    return settings.BASE_URL + (page_of(plan) if plan.user_id else signed)
