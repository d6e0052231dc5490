"""Lockers in the office: the tree of sites, the lockers, and who has one for how long."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from lockers.models import Locker, LockerSite, LockerTerm


class LockerSiteForm(forms.ModelForm):
    """A tree: no site lies within itself."""

    def clean_parent(self) -> LockerSite | None:
        parent: LockerSite | None = self.cleaned_data["parent"]
        above = parent
        while above is not None:
            if above.pk == self.instance.pk:
                raise forms.ValidationError(_("A site cannot lie within itself. Choose one above it."))
            above = above.parent
        return parent


@admin.register(LockerSite)
class LockerSiteAdmin(admin.ModelAdmin):
    """Buildings and areas."""

    form = LockerSiteForm
    list_display = ("name", "parent")
    list_select_related = ("parent",)
    search_fields = ("name",)
    autocomplete_fields = ("parent",)


@admin.register(Locker)
class LockerAdmin(admin.ModelAdmin):
    """Lockers by number."""

    list_display = ("number", "site")
    list_filter = ("site",)
    list_select_related = ("site",)
    search_fields = ("number", "site__name")
    autocomplete_fields = ("site",)


class LockerTermForm(forms.ModelForm):
    """One person at a time in a locker."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        locker, first, before = (cleaned.get(name) for name in ("locker", "starts_on", "ends_before"))
        if not (locker and first and before):
            return cleaned
        if before <= first:
            self.add_error("ends_before", _("A term ends after the day on which it starts."))
        elif (
            taken := LockerTerm.objects.filter(locker=locker, starts_on__lt=before, ends_before__gt=first)
            .exclude(pk=self.instance.pk)
            .first()
        ):
            self.add_error(
                "locker",
                forms.ValidationError(
                    _(
                        "%(user)s has this locker from %(first)s until before %(last)s. Choose another locker or other days."
                    ),
                    params={"user": taken.user, "first": taken.starts_on, "last": taken.ends_before},
                ),
            )
        return cleaned


@admin.register(LockerTerm)
class LockerTermAdmin(admin.ModelAdmin):
    """Who has which locker."""

    form = LockerTermForm
    list_display = ("locker", "user", "starts_on", "ends_before")
    list_select_related = ("locker__site", "user")
    search_fields = ("locker__number", "locker__site__name", "user__email", "user__last_name")
    autocomplete_fields = ("locker", "user")
    date_hierarchy = "starts_on"
