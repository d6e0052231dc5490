"""Who did what, from what to what, and why: on the page of each thing, and in the report."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from auditlog.context import set_actor
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from django.utils.translation.trans_real import translation

from accounts.models import EmailCategory, User
from accounts.services.acting import start_acting
from accounts.services.mailing import draft_mailing, start_mailing, stop_mailing, word_mailing
from accounts.services.notes import write_note
from accounts.services.uploads import note_view
from opscom.audit import WORDS
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import today
from opscom.lib.trail import Trailed
from opscom.models import ReportDownload, SystemSettings
from opscom.office.people.closing import archive_user
from opscom.office.trail.lines import label_of
from tests.conftest import sign_in
from tests.factories import make_address, make_lot, make_upload, make_user, make_vehicle, make_violation, make_window
from tests.payments.views.page import soup
from tests.reporting import report_of
from vehicles.models import Vehicle
from violations.services.verbs import void_violation

pytestmark = pytest.mark.django_db
no_passwords = import_module("opscom.migrations.0041_no_passwords_in_the_trail")

# What staff do to these goes through services, whose rows of events tell of it, or is a run that names who began it.
BY_SERVICES = {
    "accounts.AccountUpload",
    "accounts.TextOptOut",
    "forms_module.Submission",
    "lockers.LockerImport",
    "lockers.LockerTerm",
    "payments.Difference",
    "permits.HourBlock",
    "permits.PermitImport",
    "vehicles.PeopleImport",
    "violations.Appeal",
    "violations.CollectionsBatch",
    "violations.ImportRun",
    "violations.LetterBatch",
    "violations.LookupBatch",
    "violations.OffenceImport",
}


def history_of(client: Client, row: Any) -> list[list[str]]:
    meta = row._meta
    page = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[row.pk]))
    return [[cell.get_text() for cell in line.select("td")][1:] for line in soup(page).select("tbody tr")]


def test_everything_that_the_office_changes_is_written_down(staff: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = staff
    untold = {
        model._meta.label
        for model, model_admin in admin.site._registry.items()
        if (model_admin.has_add_permission(request) or model_admin.has_change_permission(request))
        and not (auditlog.contains(model) or isinstance(model_admin, Trailed))
    }
    assert untold == BY_SERVICES


def test_form_leaves_before_and_after(staff_client: Client, staff: User, resident: User) -> None:
    form = {"email": resident.email, "first_name": "Ada", "last_name": "Marsh", "language": "en"}
    form |= {"login_source": "portal"}
    staff_client.post(reverse("admin:accounts_user_change", args=[resident.pk]), form)
    resident.refresh_from_db()
    who = staff.get_full_name()
    assert [who, "–", "Changed: last name", "Reyes", "Marsh", "–"] in history_of(staff_client, resident)


def test_history_tells_of_the_rows_below_also_of_those_that_are_gone(staff_client: Client, staff: User) -> None:
    window = make_window()
    first, second = (window.prices.create(from_day=today() + timedelta(days=n), amount="60.00") for n in (10, 20))
    with set_actor(staff):
        first.amount = Decimal("65.00")
        first.save()
        second.delete()
    other = make_window()
    other.prices.create(from_day=today() + timedelta(days=10), amount="99.00")
    lines = [line[2:] for line in history_of(staff_client, window) if line[0] == staff.get_full_name()]
    first_day = f"{today() + timedelta(days=20)}"
    assert lines == [
        ["Deleted: price", f"price: 60.00, from: {first_day}, sales window: {window}", "–", "–"],
        ["Changed: price", "60.00", "65.00", "–"],
    ]
    assert "99.00" not in str(history_of(staff_client, window))


def test_driver_and_end_of_a_vehicle_are_told(staff_client: Client, staff: User, resident: User) -> None:
    vehicle = make_vehicle(resident, plate="CKRT418", make="Honda", colour="Blue", year=2020)
    [link] = vehicle.owner_links.all()
    form = {"plate": "CKRT418", "region": "CA-ON", "plate_type": "passenger", "year": "2020", "make": "Honda"}
    form |= {"colour": "Red", "owner_links-TOTAL_FORMS": "1", "owner_links-INITIAL_FORMS": "1"}
    form |= {"owner_links-0-id": str(link.pk), "owner_links-0-vehicle": str(vehicle.pk)}
    form |= {"owner_links-0-user": str(resident.pk), "owner_links-0-active": "on"}
    staff_client.post(reverse("admin:vehicles_vehicle_change", args=[vehicle.pk]), form)
    told = [
        [staff.get_full_name(), "–", f"Changed: {what}", *change, "–"]
        for what, *change in (("primary driver", "Yes", "No"), ("colour", "Blue", "Red"))
    ]
    assert [line for line in history_of(staff_client, vehicle) if line[2].startswith("Changed")] == told
    [entry] = LogEntry.objects.get_for_object(link)
    assert (entry.actor, entry.changes) == (staff, {"primary": ["True", "False"]})
    link.delete()
    staff_client.post(reverse("admin:vehicles_vehicle_delete", args=[vehicle.pk]), {"post": "yes"})
    assert not Vehicle.objects.exists()
    assert LogEntry.objects.filter(action=LogEntry.Action.DELETE, object_pk=str(vehicle.pk)).get().actor == staff


def test_driver_who_is_taken_off_a_vehicle_is_told(staff_client: Client, staff: User, resident: User) -> None:
    vehicle = make_vehicle(resident, make="Honda")
    [link] = vehicle.owner_links.all()
    form = {"plate": vehicle.plate, "region": "CA-ON", "plate_type": "passenger", "year": "2020", "make": "Honda"}
    form |= {"colour": "Grey", "owner_links-TOTAL_FORMS": "1", "owner_links-INITIAL_FORMS": "1"}
    form |= {"owner_links-0-id": str(link.pk), "owner_links-0-vehicle": str(vehicle.pk)}
    form |= {"owner_links-0-user": str(resident.pk), "owner_links-0-DELETE": "on"}
    answer = staff_client.post(reverse("admin:vehicles_vehicle_change", args=[vehicle.pk]), form)
    entry = LogEntry.objects.get(object_pk=str(link.pk), content_type__model="vehicleowner")
    assert (answer.status_code, vehicle.owner_links.exists()) == (302, False)
    assert (entry.action, entry.actor, entry.additional_data) == (2, staff, {"person": resident.pk})
    was = f"active: Yes, primary driver: Yes, user: {resident}, vehicle: {vehicle}"
    lines = [line[2:] for line in history_of(staff_client, vehicle) if "Deleted" in line[2]]
    assert lines == [["Deleted: driver", was, "–", "–"]]  # and no second line of the admin's own


def test_password_of_a_lot_is_never_told(staff_client: Client, staff: User) -> None:
    lot, who = make_lot(name="Lot A"), staff.get_full_name()
    lot.name = "Lot B"
    lot.set_password("open sesame")
    lot.save()
    assert ["password" in entry.changes for entry in LogEntry.objects.get_for_object(lot)] == [False, False]
    written = LogEntry.objects.log_create(
        lot, action=1, actor=staff, changes={"password": ["", lot.password], "zone": ["yellow", "green"]}
    )
    assert history_of(staff_client, lot)[0] == [who, "–", "Changed: zone colour", "Yellow", "Green", "–"]
    assert lot.password not in str(report_of("audit"))
    with rewriting_history():
        no_passwords.take_passwords_out(apps, None)
    written.refresh_from_db()
    assert written.changes == {"zone": ["yellow", "green"]}


def test_states_stand_in_words_with_their_reason(staff_client: Client, staff: User) -> None:
    ticket = void_violation(make_violation(by=staff), by=staff, reason="Wrong plate")
    assert history_of(staff_client, ticket)[0] == [staff.get_full_name(), "–", "State", "Owed", "Void", "Wrong plate"]


def test_history_is_for_those_who_may_see_the_thing(resident: User) -> None:
    officer = make_user(is_staff=True)
    officer.groups.add(Group.objects.get(name="Enforcement"))
    client = sign_in(Client(), officer)
    assert client.get(reverse("admin:accounts_user_history", args=[resident.pk])).status_code == 403
    assert client.get("/admin/no/such/1/history/").status_code == 404
    assert client.get(reverse("admin:violations_violation_history", args=[999])).status_code == 302


def test_report_tells_every_deed_in_a_fixed_number_of_queries(
    staff_client: Client, staff: User, resident: User
) -> None:
    make_address(resident)
    SystemSettings.objects.get_or_create(pk=1)
    staff_client.post(reverse("admin:accounts_user_note", args=[resident.pk]), {"text": "Called"})
    note_view(make_upload(resident), by=staff)
    void_violation(make_violation(by=staff), by=staff, reason="Wrong plate")
    ReportDownload.objects.create(report="books", file="csv", by=staff)
    start_acting(resident, by=staff, reason="At the counter")
    archive_user(make_user(first_name="Noor", last_name="Haddad"), by=staff, reason="Left")
    mailing = draft_mailing([resident.pk], by=make_user(is_staff=True), source="users")
    word_mailing(mailing, words={"subject_en": "Works", "text_en": "x", "category": EmailCategory.objects.all()[0]})
    start_mailing(mailing, by=staff)
    stop_mailing(mailing, by=staff)
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as captured:
            lines, totals = report_of("audit")
        counts.append(len(captured))
        write_note(resident, "Again", by=staff)
    found = {str(line[4]).partition(":")[0]: line for line in lines}
    assert counts[0] == counts[1] <= 12
    assert totals == [None] * 8
    name = staff.get_full_name()
    assert {key: line[1] for key, line in found.items()} == dict.fromkeys(found, name)
    assert {"Note", "Document looked at by the office", "State", "Taken out as CSV"} < set(found)
    assert found["Account archived by the office"][2:4] == [
        "Noor Haddad",
        f"User {User.objects.get(last_name='Haddad')}",
    ]
    assert found["Somebody began to act for you"][2] == "Ada Reyes"
    assert [line[5:] for line in report_of("audit", kind="state", who=str(staff.pk))[0]][:1] == [
        ["Owed", "Void", "Wrong plate"]
    ]
    assert [line[1:5] for line in report_of("audit", kind="mailing")[0]] == [
        [name, "", "E-mail to many Works", "Stopped"],
        [name, "", "E-mail to many Works", "Started"],
    ]
    assert report_of("audit", who=str(make_user(is_staff=True).pk))[0] == []
    assert {line[4] for line in report_of("audit", kind="seen")[0]} == {"Document looked at by the office"}


def test_what_somebody_did_stays_in_the_report_when_they_leave(staff: User, resident: User) -> None:
    void_violation(make_violation(by=staff), by=staff, reason="Wrong plate")
    staff.is_staff = staff.is_superuser = False
    staff.save(update_fields=["is_staff", "is_superuser"])
    lines, _totals = report_of("audit", who=str(staff.pk))
    assert {line[1] for line in lines if line[7] == "Wrong plate"} == {staff.get_full_name()}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_word_of_the_trail_is_translated(language: str) -> None:
    """Names of tables and columns that are watched, and what the library itself says."""
    catalog = translation(language)._catalog  # type: ignore[attr-defined]
    with override("en"):
        names = {str(model._meta.verbose_name) for model in auditlog.get_models()}
        for model in auditlog.get_models():
            fields = auditlog.get_model_fields(model)
            watched = fields["include_fields"] or [field.name for field in model._meta.fields]
            names |= {label_of(model, name) for name in watched if name not in ("id", *fields["exclude_fields"])}
    own = [name for name in names if not name.endswith(("[en]", "[fr]", "[es]"))]
    assert sorted(word for word in (*own, *WORDS) if word not in catalog) == []
