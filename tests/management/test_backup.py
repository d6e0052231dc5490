"""Back-ups: what is in one, and that the drill finds what is wrong with it."""

import json
from io import StringIO
from pathlib import Path
from tempfile import gettempdir

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import AccountUpload, User
from opscom.management.backups.copying import CONTENTS, DATABASE, read_contents
from payments.models import Charge, Payment
from payments.models.payment import ReceivedAs
from payments.services.promises import process_manually, promise_payment
from tests.factories import make_checkout, make_permit, make_upload, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def portal(settings: Settings, tmp_path: Path) -> Path:
    """A person who has paid in the office and uploaded a paper; the folder for back-ups."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    user, cashier = make_user(), make_user(is_staff=True)
    promise = promise_payment(make_checkout([make_permit(user).charge], user), email=user.email)
    process_manually(promise, received=promise.amount, received_as=ReceivedAs.CASH, by=cashier)
    make_upload(user)
    return tmp_path / "backups"


def back_up(folder: Path, *options: str) -> Path:
    out = StringIO()
    call_command("backup", str(folder), *options, stdout=out)
    return Path(out.getvalue().splitlines()[0].removeprefix("saved  "))


def drill(backup: Path) -> tuple[list[str], int]:
    """What the drill finds, line by line, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("restore_drill", str(backup), stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return out.getvalue().splitlines(), code


def test_back_up_holds_rows_and_files_and_can_be_restored(portal: Path) -> None:
    backup = back_up(portal)
    contents, tables = read_contents(backup), len(connection.introspection.table_names())
    assert contents.tables["payments_payment"] == 1
    assert (backup.stat().st_mode & 0o777, len(list(portal.iterdir()))) == (0o700, 1)
    lines, code = drill(backup)
    assert lines[:-1] == [
        "ok      the files are as they were written",
        f"ok      {tables} tables with {sum(contents.tables.values())} rows are restored",
        "ok      the code knows these tables",
        "ok      the books are whole",
        "ok      1 files that rows name are saved",
    ]
    assert (code, Payment.objects.count()) == (0, 1)
    assert scratches() == []


def test_drill_finds_lost_rows_books_that_do_not_add_up_and_missing_files(portal: Path) -> None:
    Charge.objects.update(state="open")
    upload = AccountUpload.objects.get()
    Path(upload.file.path).unlink()
    backup = back_up(portal)
    contents = json.loads((backup / CONTENTS).read_text())
    contents["tables"]["accounts_user"] += 1
    (backup / CONTENTS).write_text(json.dumps(contents))
    lines, code = drill(backup)
    people = User.objects.count()
    broken = [line.split("  ")[1].strip() for line in lines if line.startswith("BROKEN")]
    assert broken == [lines[1].removeprefix("BROKEN  "), "the books are whole", "1 files that rows name are saved"]
    assert f"        accounts_user: {people + 1} saved, {people} restored" in lines
    assert f"        {upload.file.name}" in lines
    assert (code, scratches()) == (1, [])


def test_changed_file_is_not_restored(portal: Path) -> None:
    backup = back_up(portal)
    with (backup / DATABASE).open("r+b") as file:
        file.seek(100)
        file.write(b"spoilt")
    assert drill(backup) == (["BROKEN  the files are as they were written", f"        {DATABASE}", "1 wrong, 0 s"], 1)


def test_run_that_fails_leaves_nothing(portal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: Path) -> dict[str, int]:
        raise CommandError("pg_dump: no space left on device")

    monkeypatch.setattr("opscom.management.backups.copying.dump_database", fail)
    with pytest.raises(CommandError, match="no space left"):
        back_up(portal)
    assert list(portal.iterdir()) == []


def test_older_back_ups_go_and_what_is_no_back_up_stays(portal: Path) -> None:
    for name in ("20260101T000000Z", "20260102T000000Z", "notes"):
        (portal / name).mkdir(parents=True)
        if name != "notes":
            (portal / name / CONTENTS).write_text("{}")
    newest = back_up(portal, "--keep", "2")
    assert sorted(path.name for path in portal.iterdir()) == ["20260102T000000Z", newest.name, "notes"]
    with pytest.raises(CommandError, match="is no back-up"):
        drill(portal / "notes")
    with pytest.raises(CommandError, match="--keep needs 1 or more"):
        back_up(portal, "--keep", "0")


def scratches() -> list[str]:
    """Databases that a drill has left behind."""
    if connection.vendor == "sqlite":
        return [path.name for path in Path(gettempdir()).glob("opscom-drill-*")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'opscom_drill_%'")
        return [name for (name,) in cursor.fetchall()]
