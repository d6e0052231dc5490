"""Numbers from stock in the office: laid in by range or list, and in whose hands each one is."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.just_made import JustMadeAdmin
from permits.errors import PermitRefused
from permits.models import Permit, PermitNumber, PermitType
from permits.services.numbers import (
    MOST_AT_ONCE,
    add_numbers,
    change_condition,
    existing_numbers,
    listed_numbers,
    number_range,
    replace_number,
)

Condition = PermitNumber.Condition
STANDINGS: dict[str, str | Promise] = {
    "free": gettext_lazy("Free"),
    "held": gettext_lazy("Held: reserved, not paid yet"),
    "in_use": gettext_lazy("In use"),
    "unavailable": gettext_lazy("Unavailable: lost, stolen or archived"),
}


class AddNumbersForm(forms.Form):
    """A range with what stands before and after each number, or a list."""

    permit_type: "forms.ModelChoiceField[PermitType]" = forms.ModelChoiceField(
        PermitType.objects.filter(numbered=True).select_related("lot"), label=gettext_lazy("Permit type")
    )
    before = forms.CharField(
        label=gettext_lazy("Prefix"),
        max_length=15,
        required=False,
        help_text=gettext_lazy("For example H- for H-001-N."),
    )
    first = forms.IntegerField(label=gettext_lazy("First number"), min_value=0, max_value=10**9, required=False)
    last = forms.IntegerField(label=gettext_lazy("Last number"), min_value=0, max_value=10**9, required=False)
    width = forms.IntegerField(
        label=gettext_lazy("Digits"),
        min_value=0,
        max_value=10,
        required=False,
        help_text=gettext_lazy("3 writes 1 as 001. Empty: no zeros in front."),
    )
    after = forms.CharField(label=gettext_lazy("Postfix"), max_length=15, required=False)
    listed = forms.CharField(
        label=gettext_lazy("Or a list"),
        required=False,
        strip=False,
        max_length=MOST_AT_ONCE * 22,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 24}),
        help_text=gettext_lazy("One number in each line, instead of a range."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            cleaned["numbers"] = self._numbers(cleaned)
        except PermitRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return cleaned

    def _numbers(self, said: dict[str, Any]) -> list[str]:
        listed, ends = listed_numbers(said["listed"]), (said["first"], said["last"])
        if bool(listed) == (ends != (None, None)):
            raise PermitRefused(_("Give a first and a last number, or a list."))
        if listed:
            return listed
        if None in ends:
            raise PermitRefused(_("Give a first and a last number, or a list."))
        return number_range(
            prefix=said["before"], first=ends[0], last=ends[1], width=said["width"] or 0, postfix=said["after"]
        )


class ConditionForm(forms.Form):
    """What is the matter with a number."""

    condition = forms.ChoiceField(label=gettext_lazy("Condition"), choices=Condition.choices)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)


class ReplaceForm(forms.Form):
    """Why a permit gets another number, and which."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=150)
    number = forms.CharField(
        label=gettext_lazy("New number"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Empty: the lowest that is free."),
    )


@admin.register(PermitNumber)
class PermitNumberAdmin(JustMadeAdmin):
    """Every number with its standing and who has it. Nothing is edited in place: each change is a page of its own."""

    list_display = ("number", "permit_type", "lot", "standing", "holder", "condition", "note")
    list_filter = ("condition", "permit_type__lot", "permit_type")
    list_select_related = ("permit_type__lot",)
    search_fields = ("number", "note")
    list_per_page = 100
    actions = ("archive", "restore")
    fields = ("number", "permit_type", "condition", "note", "standing", "holder")
    readonly_fields: ClassVar[tuple[str, ...]] = fields
    change_list_template = "admin/permits/permitnumber/change_list.html"
    change_form_template = "admin/permits/permitnumber/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PermitNumber]:
        current = Permit.objects.filter(state__in=Permit.UNRELEASED, valid_before__gt=today())
        current = current.select_related("holder").order_by("valid_from", "pk")
        return super().get_queryset(request).prefetch_related(Prefetch("permits", current, to_attr="current"))

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path("<int:pk>/condition/", site(self.condition_view), name="permits_permitnumber_condition"),
            path("<int:pk>/replace/", site(self.replace_view), name="permits_permitnumber_replace"),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only what nobody ever had."""
        unused = isinstance(obj, PermitNumber) and not obj.permits.exists()
        return unused and super().has_delete_permission(request, obj)

    @admin.display(description=gettext_lazy("lot"))
    def lot(self, number: PermitNumber) -> str:
        return number.permit_type.lot.name

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, number: PermitNumber) -> str:
        """A word of the legend; who has a lost number has it all the same."""
        current: list[Permit] = number.current  # type: ignore[attr-defined]
        if number.condition != Condition.GOOD:
            word = "unavailable"
        elif not current:
            word = "free"
        else:
            word = "held" if current[0].state == Permit.State.HELD else "in_use"
        return str(STANDINGS[word]).partition(":")[0]

    @admin.display(description=gettext_lazy("in whose hands"))
    def holder(self, number: PermitNumber) -> str:
        current: list[Permit] = number.current  # type: ignore[attr-defined]
        if not current:
            return "–"
        permit = current[0]
        url = reverse("admin:permits_permit_change", args=[permit.pk])
        return format_html('<a href="{}">{}</a>', url, permit.holder)

    @admin.action(description=gettext_lazy("Archive the chosen numbers"), permissions=["change"])
    def archive(self, request: HttpRequest, numbers: QuerySet[PermitNumber]) -> None:
        self._change(request, numbers, Condition.ARCHIVED)

    @admin.action(description=gettext_lazy("Restore the chosen numbers: good again"), permissions=["change"])
    def restore(self, request: HttpRequest, numbers: QuerySet[PermitNumber]) -> None:
        self._change(request, numbers, Condition.GOOD)

    def _change(self, request: HttpRequest, numbers: QuerySet[PermitNumber], condition: str) -> None:
        done = 0
        for number in numbers:
            try:
                change_condition(number, condition=condition, by=current_user(request))
                done += 1
            except PermitRefused as refusal:
                messages.warning(request, f"{number}: {refusal}")
        messages.success(request, ngettext("%(n)s number changed.", "%(n)s numbers changed.", done) % {"n": done})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"legend": STANDINGS.values()})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        nothing = dict.fromkeys(("show_save", "show_save_and_continue", "show_save_and_add_another"), False)
        return super().change_view(request, object_id, form_url, nothing)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Looked at first, then laid in."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddNumbersForm(request.POST or None)
        preview = None
        if request.method == "POST" and form.is_valid():
            permit_type, numbers = form.cleaned_data["permit_type"], form.cleaned_data["numbers"]
            if "add" in request.POST:
                made = add_numbers(permit_type, numbers)
                self.note_made(request, made)
                text = ngettext("%(n)s number added.", "%(n)s numbers added.", len(made))
                messages.success(request, text % {"n": len(made)})
                return redirect("admin:permits_permitnumber_changelist")
            known = existing_numbers(permit_type, numbers)
            preview = {
                "first": numbers[0],
                "last": numbers[-1],
                "new": len(numbers) - len(known),
                "known": sorted(known, key=lambda number: (len(number), number)),
            }
        return self._page(request, "add", _("Add permit numbers"), form, preview=preview)

    def condition_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lost, stolen, archived or good; who has the number is told to the office."""
        number = self._number(request, pk)
        form = ConditionForm(request.POST or None, initial={"condition": number.condition, "note": number.note})
        if request.method == "POST" and form.is_valid():
            try:
                said = form.cleaned_data
                held = change_condition(
                    number, condition=said["condition"], note=said["note"], by=current_user(request)
                )
            except PermitRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                if held and said["condition"] != Condition.GOOD:
                    return self._still_held(request, number, held[0])
                return redirect("admin:permits_permitnumber_changelist")
        return self._page(request, "change", _("Condition of %(number)s") % {"number": number}, form, number=number)

    def _still_held(self, request: HttpRequest, number: PermitNumber, permit: Permit) -> HttpResponseRedirect:
        messages.warning(
            request,
            _("%(person)s has permit number %(number)s. Give the permit another number here.")
            % {"person": permit.holder.get_full_name(), "number": number},
        )
        return redirect("admin:permits_permitnumber_replace", number.pk)

    def replace_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another number for the permit that has this one."""
        number = self._number(request, pk)
        permit: Permit | None = next(iter(number.current), None)  # type: ignore[attr-defined]
        form = ReplaceForm(request.POST or None)
        if permit is None:
            messages.error(request, _("Nobody has this number now."))
            return redirect("admin:permits_permitnumber_changelist")
        if request.method == "POST" and form.is_valid():
            try:
                return self._replace(request, permit, number, form.cleaned_data)
            except PermitRefused as refusal:
                form.add_error(None, str(refusal))
        title = _("Another number for the permit of %(person)s") % {"person": permit.holder.get_full_name()}
        return self._page(request, "change", title, form, number=number)

    def _replace(
        self, request: HttpRequest, permit: Permit, number: PermitNumber, said: dict[str, Any]
    ) -> HttpResponseRedirect:
        wanted = number.permit_type.numbers.filter(number=said["number"]).first() if said["number"] else None
        if said["number"] and wanted is None:
            raise PermitRefused(_("There is no such number. Choose one from the list of permit numbers."))
        after = replace_number(
            permit, reason=said["reason"], number=wanted, condition=number.condition, by=current_user(request)
        )
        messages.success(
            request, _("The permit has number %(new)s now, not %(old)s.") % {"new": after.number, "old": number.number}
        )
        return redirect("admin:permits_permit_change", after.pk)

    def _number(self, request: HttpRequest, pk: int) -> PermitNumber:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request).select_related("permit_type"), pk=pk)

    def _page(self, request: HttpRequest, name: str, title: str, form: forms.Form, **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": title, "form": form, "opts": self.opts, **more}
        return render(request, f"admin/permits/permitnumber/{name}.html", context)
