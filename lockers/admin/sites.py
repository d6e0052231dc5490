"""The tree of sites: what holds at each, where that comes from, and how full it is today."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from accounts.models import UserType
from lockers.models import Locker, LockerSite, LockerTerm
from lockers.tree import Inherited, read_tree
from opscom.lib.dates import today
from opscom.lib.money import format_money
from opscom.lib.prepared_rows import PreparedRows


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
class LockerSiteAdmin(PreparedRows, TranslationAdmin):
    """Buildings and areas."""

    form = LockerSiteForm
    list_display = ("place", "shown_price", "shown_size", "shown_visibility", "shown_types", "taken_today", "broken")
    list_select_related = ("parent",)
    search_fields = ("name",)
    autocomplete_fields = ("parent",)
    filter_horizontal = ("user_types",)
    readonly_fields = ("in_force",)
    fieldsets = (
        (None, {"fields": ("name", "parent", "in_force")}),
        (_("What holds here and below"), {"fields": ("price", "size", "visibility", "disclaimer", "user_types")}),
    )

    def prepare_rows(self, rows: list[Any]) -> list[Any]:
        """With the tree and its counts of lockers, a site below the one that it lies in."""
        tree, types = read_tree(), UserType.objects.in_bulk()
        counts = {row["site"]: row for row in _counts()}
        for site in rows:
            site.tree, site.types, site.counts = tree, types, [counts.get(each.pk, {}) for each in tree.below(site)]
        return sorted(rows, key=tree.label)

    @admin.display(description=_("site"))
    def place(self, site: Any) -> str:
        return str(site.tree.label(site))

    @admin.display(description=_("price"))
    def shown_price(self, site: Any) -> str:
        return _told(site, site.tree.inherited(site, "price"), format_money)

    @admin.display(description=_("size or kind"))
    def shown_size(self, site: Any) -> str:
        return _told(site, site.tree.inherited(site, "size"))

    @admin.display(description=_("visibility"))
    def shown_visibility(self, site: Any) -> str:
        return _told(site, site.tree.inherited(site, "visibility"), lambda value: LockerSite.Visibility(value).label)

    @admin.display(description=_("user types"))
    def shown_types(self, site: Any) -> str:
        return _told(site, site.tree.user_types(site), lambda keys: _names(site.types, keys))

    @admin.display(description=_("taken today"))
    def taken_today(self, site: Any) -> str:
        """With everything within it."""
        return f"{_sum(site, 'taken')} / {_sum(site, 'n')}"

    @admin.display(description=_("out of order"))
    def broken(self, site: Any) -> int:
        return _sum(site, "broken")

    @admin.display(description=_("in force"))
    def in_force(self, site: LockerSite) -> str:
        """What holds at this site, and which site says it."""
        if site.pk is None:
            return "–"
        tree = read_tree()
        here = tree.sites[site.pk]
        parts = [
            (gettext("price"), _told(here, tree.inherited(here, "price"), format_money)),
            (gettext("size or kind"), _told(here, tree.inherited(here, "size"))),
            (
                gettext("visibility"),
                _told(here, tree.inherited(here, "visibility"), lambda v: LockerSite.Visibility(v).label),
            ),
            (
                gettext("user types"),
                _told(here, tree.user_types(here), lambda keys: _names(UserType.objects.in_bulk(keys), keys)),
            ),
        ]
        return "; ".join(f"{name}: {value}" for name, value in parts)


def _counts() -> Any:
    """By site: lockers, those that somebody has today, and those out of order."""
    taken = LockerTerm.objects.active_on(today()).filter(locker=OuterRef("pk"))
    kept = Locker.objects.exclude(condition=Locker.Condition.ARCHIVED).annotate(is_taken=Exists(taken)).order_by()
    return kept.values("site").annotate(
        n=Count("pk"),
        taken=Count("pk", filter=Q(is_taken=True)),
        broken=Count("pk", filter=Q(condition=Locker.Condition.BROKEN)),
    )


def _sum(site: Any, name: str) -> int:
    return sum(row.get(name, 0) for row in site.counts)


def _told(site: LockerSite, found: Inherited, write: Any = str) -> str:
    """The value, with the site above that says it where it is not the site itself."""
    if not found.value:
        return "–"
    words = str(write(found.value))
    if found.site is None or found.site.pk == site.pk:
        return words
    return gettext("%(value)s (from %(site)s)") % {"value": words, "site": found.site.name}


def _names(types: dict[int, UserType], keys: set[int]) -> str:
    return ", ".join(sorted(str(types[key]) for key in keys))
