"""The office's pages that decide about a ticket: say what will happen, ask for the reason, then do it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from violations.errors import ViolationRefused
from violations.forms.tickets import FeeForm, ReduceForm, SpoilForm, TowingForm
from violations.models import Violation
from violations.services.besides import add_fee
from violations.services.issue import spoil_violation
from violations.services.towing import add_towing
from violations.services.verbs import reduce_violation, turn_into_warning, void_violation

Text = str | Promise


@dataclass(frozen=True)
class Verb:
    """One decision: its button, what it will do, what it has done, and from which states it starts."""

    title: Text
    text: Text
    done: Text
    act: Callable[..., object]
    form: type[forms.Form] = SpoilForm
    states: tuple[str, ...] = ("open",)


VERBS = {
    "spoil": Verb(
        _("Spoil ticket"),
        _(
            "It was written by mistake: it becomes void and nothing is owed for it. Money already paid on it turns into a "
            "surplus of the payer. Its number stays. This cannot be undone."
        ),
        _("Ticket %(number)s is void. Nothing is owed for it."),
        spoil_violation,
        states=("open", "warning"),
    ),
    "void": Verb(
        _("Void ticket"),
        _(
            "The office lets it go: nothing is owed for it and its late fees end. Money already paid on it turns into a "
            "surplus of the payer. This cannot be undone."
        ),
        _("Ticket %(number)s is void. Nothing is owed for it."),
        void_violation,
    ),
    "warn": Verb(
        _("Turn into a warning"),
        _(
            "Nothing is owed for it and its late fees end. It still counts as an earlier ticket of the plate where the next "
            "one costs more. This cannot be undone."
        ),
        _("Ticket %(number)s is a warning now. Nothing is owed for it."),
        turn_into_warning,
    ),
    "reduce": Verb(
        _("Reduce"),
        _(
            "A new amount takes the place of the fine and its late fees. It has no discount for paying early and no late "
            "fees, and at least 7 days to pay."
        ),
        _("Ticket %(number)s is reduced."),
        reduce_violation,
        form=ReduceForm,
    ),
    "towing": Verb(
        _("Add towing"),
        _("The vehicle was towed: whoever owes the ticket owes this too, as a line of its own beside the fine, once."),
        _("The towing charge of ticket %(number)s is added."),
        add_towing,
        form=TowingForm,
    ),
    "fee": Verb(
        _("Add a fee"),
        _(
            "Whoever owes the ticket owes this too, as a line of its own: for an appeal without any ground, for example."
        ),
        _("The fee is added to ticket %(number)s."),
        add_fee,
        form=FeeForm,
    ),
}


def verb_page(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one decision. Staff with the right to change tickets only."""
    if not request.user.has_perm("violations.change_violation"):
        raise PermissionDenied
    violation = get_object_or_404(Violation, pk=pk)
    decision = VERBS[verb]
    form = decision.form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decision.act(violation, by=current_user(request), **form.cleaned_data)
        except ViolationRefused as error:
            messages.error(request, error.message)
        else:
            messages.success(request, decision.done % {"number": violation.number})
        return redirect("admin:violations_violation_change", violation.pk)
    context: dict[str, Any] = admin.site.each_context(request)
    context |= {"opts": Violation._meta, "original": violation, "form": form, "title": decision.title}
    return render(request, "violations/office/verb.html", context | {"text": decision.text})
