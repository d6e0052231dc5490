"""Create Account."""

from allauth.account.views import SignupView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.forms import RegistrationForm


class CreateAccountView(SignupView):
    """The registration questions (REG-2); what follows is the office's choice (REG-3, REG-4)."""

    template_name = "accounts/create_account.html"
    form_class = RegistrationForm

    def closed(self) -> HttpResponse:
        """A feature that is off has no page."""
        raise Http404

    def form_valid(self, form: RegistrationForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        if self.request.user.is_authenticated:
            messages.success(self.request, _("Please check your email for an activation link."))
        return response


create_account = CreateAccountView.as_view()


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same for a new address and for a known one."""
    return render(request, "accounts/create_account_sent.html")
