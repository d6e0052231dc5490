"""Vehicles in the office, each with who drives it."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.finding import people_found
from opscom.lib.finding import FindingAdmin
from opscom.lib.import_admin import FileRunAdmin, UploadForm
from opscom.lib.trail import Trailed
from vehicles.importing import COLUMNS, start_import
from vehicles.models import PeopleImport, Vehicle, VehicleOwner
from vehicles.plates import normalise_plate


class DriverForm(forms.ModelForm):
    """Whether one primary driver is replaced by another shows only in all rows together."""

    def _get_validation_exclusions(self) -> set[str]:
        """Left to the formset."""
        return super()._get_validation_exclusions() | {"primary"}  # type: ignore[misc]


class DriverFormSet(forms.BaseInlineFormSet):
    """At most one primary driver; a new one takes over from the old in one step."""

    def clean(self) -> None:
        super().clean()
        rows = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        if sum(bool(row.get("primary") and not row.get("DELETE")) for row in rows) > 1:
            raise forms.ValidationError(_("A vehicle has one primary driver. Untick the others."))

    def save(self, commit: bool = True) -> Any:
        """The old primary driver steps back before the new one is stored: the database never allows two."""
        if commit and self.instance.pk:
            kept = [form.instance.pk for form in self.forms if form.cleaned_data.get("primary") and form.instance.pk]
            VehicleOwner.objects.filter(vehicle=self.instance, primary=True).exclude(pk__in=kept).update(primary=False)
        return super().save(commit=commit)


class DriverInline(admin.TabularInline):
    """Who drives it."""

    model = VehicleOwner
    form = DriverForm
    formset = DriverFormSet
    extra = 0
    fields = ("user", "primary", "active", "disclaimer_at")
    readonly_fields = ("disclaimer_at",)
    autocomplete_fields = ("user",)


@admin.register(Vehicle)
class VehicleAdmin(Trailed, FindingAdmin):
    """Vehicles, found by plate or driver."""

    list_display = ("plate", "region", "plate_type", "year", "make", "colour")
    list_filter = ("plate_type", "region")
    search_fields = ("plate", "owner_links__user__email", "owner_links__user__last_name")
    search_help_text = _("Beginning of the plate, or of a driver's e-mail address or name")
    inlines = (DriverInline,)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A person's page leads here with theirs."""
        return lookup == "owner_links__user__id__exact" or super().lookup_allowed(lookup, value, request)

    def find(self, term: str) -> Iterable[Q]:
        yield Q(owner_links__user__in=people_found(term))
        if plate := normalise_plate(term):
            yield Q(plate__startswith=plate)


class PeopleFileForm(UploadForm):
    """The file; its columns have fixed names."""

    megabytes = 20
    file = forms.FileField(
        label=_("CSV file"),
        help_text=format_lazy(
            _(
                "The columns {columns}; only email must be there. Several plates are written with | between them, the user type "
                "by its code or name, the region as CA-ON. Who has an account keeps its details and gets the plates that are "
                "missing. Nobody gets an e-mail: send Create Password from the list of users afterwards."
            ),
            columns=", ".join(COLUMNS),
        ),
    )

    class Meta:
        model = PeopleImport
        fields: ClassVar[tuple[str, ...]] = ("file",)


@admin.register(PeopleImport)
class PeopleImportAdmin(FileRunAdmin):
    """Each file, for trial and for real."""

    change_form_template = "admin/vehicles/import.html"
    upload_form = PeopleFileForm
    add_right = "vehicles.add_peopleimport"

    def start(self, request: HttpRequest, said: dict[str, Any]) -> PeopleImport:
        return start_import(said["file"], by=current_user(request))

    def start_again(self, request: HttpRequest, run: Any, *, dry_run: bool) -> PeopleImport:
        return start_import(None, by=current_user(request), dry_run=dry_run, again=run)
