"""A person's copy of the own data."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AccountEvent, Address, DataExport, Mail, User
from accounts.services.history import note_event
from opscom.office.people import exporting
from opscom.office.people.closing import close_account
from opscom.office.people.exporting import ask_for_export, build_export, due_exports, expire_exports
from opscom.office.people.left_out import LEFT_OUT
from opscom.office.people.parts import PARTS
from opscom.office.people.relations import all_relations
from opscom.office.tasks import sweep_exports
from tests.factories import make_user
from tests.office.people.test_closing import paid_permit
from tests.views.test_history import fine, give_locker, write_mail
from tests.violations.conftest import add_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _private_storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def files_of(export: DataExport) -> dict[str, bytes]:
    """The ZIP taken apart."""
    export.refresh_from_db()
    with export.file.open("rb") as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def built(user: User) -> DataExport:
    export = ask_for_export(user, language="en")
    assert build_export(export.pk) is True
    return export


def test_every_column_that_points_at_a_person_is_covered_or_left_out_with_a_reason() -> None:
    covered = [label for part in PARTS for label in part.covers]
    found = set(all_relations())
    assert (sorted(found - set(covered) - LEFT_OUT.keys()), sorted({*covered, *LEFT_OUT} - found)) == ([], [])
    assert len(covered) == len(set(covered))
    assert not set(covered) & LEFT_OUT.keys()


def test_copy_holds_the_persons_rows_and_files_and_nobody_elses(resident: User) -> None:
    other = make_user(email="somebody.else@example.test", first_name="Zoltan")
    for user in (other, resident):
        paid_permit(user)
        add_photo(fine(user))
        give_locker(user)
        write_mail(user)
        Address.objects.create(
            user=user, line1=f"{user.pk} Trent Lane", city="Guelph", region="CA-ON", postal_code="N1G"
        )
        note_event(user, AccountEvent.Verb.PASSWORD_CHANGED, by=make_user(is_staff=True, first_name="Clerk"))
    files = files_of(built(resident))
    rows = {name.removesuffix(".json"): json.loads(text) for name, text in files.items() if name.endswith(".json")}
    assert set(rows) == {part.name for part in PARTS}
    assert {name: len(found) for name, found in rows.items() if found} == {
        "profile": 1,
        "addresses": 1,
        "email_addresses": 1,
        "vehicles": 1,
        "permits": 1,
        "charges": 2,
        "payments": 1,
        "violations": 1,
        "lockers": 1,
        "emails": 2,
        "events": 2,
    }
    [photo] = [content for name, content in files.items() if name.startswith("files/violations/")]
    assert photo.startswith(b"\xff\xd8")
    whole = b"".join(files.values()).decode("utf-8", "replace")
    assert [word for word in ("somebody.else", "Zoltan", "Clerk", f"{other.pk} Trent Lane") if word in whole] == []
    [payment] = rows["payments"][0]["payments"]
    assert (payment["received"], payment["receipt"]["number"][:2], len(payment["entries"])) == ("77.00", "R-", 2)


def test_no_secret_is_in_the_copy(resident: User) -> None:
    write_mail(resident, "one_time_password")
    resident.set_password("violet-harbour-91")
    resident.save()
    files = files_of(built(resident))
    assert (b"123456" in files["emails.json"], b"argon2" in files["profile.json"]) == (False, False)
    assert "password" not in json.loads(files["profile.json"])[0]
    assert json.loads(files["emails.json"])[0]["text"] == ""


def test_ready_copy_is_told_and_lasts_seven_days(resident: User) -> None:
    at = timezone.now()
    export = ask_for_export(resident, language="fr", at=at)
    assert (build_export(export.pk, at=at), build_export(export.pk, at=at)) == (True, False)
    export.refresh_from_db()
    assert (export.state, export.done, export.expires_at) == ("ready", len(PARTS), at + timedelta(days=7))
    assert Mail.objects.get(user=resident).kind == "data_ready"
    path = Path(export.file.path)
    assert (expire_exports(at=at + timedelta(days=7) - timedelta(seconds=1)), path.exists()) == (0, True)
    assert (expire_exports(at=at + timedelta(days=7)), path.exists()) == (1, False)
    export.refresh_from_db()
    assert export.state == "over"


def test_second_wish_is_the_same_copy_until_an_hour_has_passed(resident: User) -> None:
    at = timezone.now()
    first = ask_for_export(resident, language="en", at=at)
    assert ask_for_export(resident, language="en", at=at + timedelta(hours=5)) == first  # still being made
    build_export(first.pk, at=at)
    assert ask_for_export(resident, language="en", at=at + timedelta(minutes=59)) == first
    assert ask_for_export(resident, language="en", at=at + timedelta(minutes=61)) != first
    assert AccountEvent.objects.filter(verb="data_asked").count() == 2


def test_worker_that_dies_is_followed_by_the_next(resident: User, monkeypatch: pytest.MonkeyPatch) -> None:
    at, export = timezone.now(), ask_for_export(resident, language="en")
    write = exporting._write_part

    def die(*arguments: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(exporting, "_write_part", die)
    with pytest.raises(OSError, match="disk full"):
        build_export(export.pk)
    assert (due_exports(at=at), build_export(export.pk)) == ([], False)
    monkeypatch.setattr(exporting, "_write_part", write)
    later = at + timedelta(minutes=6)
    assert (due_exports(at=later), build_export(export.pk, at=later)) == ([export.pk], True)


def test_copy_that_fails_again_and_again_is_given_up(resident: User) -> None:
    export = ask_for_export(resident, language="en")
    DataExport.objects.update(tries=5)
    assert build_export(export.pk) is False
    export.refresh_from_db()
    assert export.state == "over"


def test_nobody_gets_a_copy_of_a_closed_account(resident: User) -> None:
    export = ask_for_export(resident, language="en")
    close_account(resident, by=resident)
    assert build_export(export.pk) is False
    assert not Mail.objects.filter(kind="data_ready").exists()


def test_sweep_makes_what_a_lost_hint_left(resident: User) -> None:
    export = ask_for_export(resident, language="en")
    sweep_exports()
    export.refresh_from_db()
    assert export.state == "ready"
