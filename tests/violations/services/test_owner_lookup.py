"""Owners of plates that nobody has registered."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from opscom.lib.tables import TableRefused
from tests.factories import make_vehicle, make_violation
from violations.errors import ViolationRefused
from violations.models import LookupBatch, LookupItem, NoticeAddress
from violations.services.owner_lookup import acknowledge_errors, make_batch, read_answer, write_file

HEAD = "reference,plate,name,address,error\n"


def test_batch_locks_the_owed_tickets_of_unknown_owners(resident: User, staff: User) -> None:
    mine = make_violation(plate="CKRT418")
    make_violation(make_vehicle(resident))
    make_violation(plate="QC1", plate_region="CA-QC")
    make_violation(plate="WARN1", warning=True)
    make_violation(plate="")
    batch = make_batch("CA-ON", by=staff)
    assert [item.violation for item in batch.items.all()] == [mine]
    with pytest.raises(ViolationRefused, match="waits for its owner"):
        make_batch("CA-ON", by=staff)


def test_file_is_the_same_each_time_and_names_no_ticket(staff: User) -> None:
    violation = make_violation(plate="CKRT418")
    batch = make_batch("CA-ON", by=staff)
    first = write_file(batch)
    assert first == write_file(batch)
    [item] = batch.items.all()
    assert first.splitlines()[1].startswith(f"{item.pk},CKRT418,CA-ON,passenger,")
    assert (violation.number in first, LookupBatch.objects.get().sent_at is not None) == (False, True)


def test_answer_gives_addresses_and_errors_once(staff: User) -> None:
    for plate in ("AAA1", "BBB2", "CCC3", "DDD4"):
        make_violation(plate=plate)
    batch = make_batch("CA-ON", by=staff)
    found, unknown, empty, silent = batch.items.all()
    text = (
        f"{HEAD}{found.pk},AAA1,Jo Poe,1 Main St | Town ON,\n{unknown.pk},BBB2,,,No such plate\n{empty.pk},CCC3,Al,,\n"
        f"{silent.pk},WRONG,Jo,1 Main St,\n999999,EEE5,Jo,1 Main St,\n"
    )
    answered = read_answer(batch, text)
    assert (answered.found, answered.errors, len(answered.strange)) == (1, 2, 2)
    address = NoticeAddress.objects.get()
    assert (address.violation, address.name, address.address) == (found.violation, "Jo Poe", "1 Main St\nTown ON")
    again = read_answer(batch, text)
    assert (again.found, again.errors, NoticeAddress.objects.count()) == (0, 0, 1)
    outcomes = LookupItem.objects.order_by("pk").values_list("outcome", "error")
    assert list(outcomes) == [
        ("found", ""),
        ("error", "No such plate"),
        ("error", "No name or no address."),
        ("waiting", ""),
    ]


def test_error_is_taken_note_of_and_its_ticket_asked_for_again(staff: User) -> None:
    violation = make_violation(plate="BBB2")
    batch = make_batch("CA-ON", by=staff)
    [item] = batch.items.all()
    read_answer(batch, f"{HEAD}{item.pk},BBB2,,,Busy\n")
    with pytest.raises(ViolationRefused):
        make_batch("CA-ON", by=staff)
    assert [acknowledge_errors([item], by=staff) for _n in range(2)] == [1, 0]
    assert make_batch("CA-ON", by=staff).items.get().violation == violation


def test_file_without_the_columns_is_refused(staff: User) -> None:
    make_violation(plate="BBB2")
    with pytest.raises(TableRefused, match="missing: name, address, error"):
        read_answer(make_batch("CA-ON", by=staff), "plate,reference\nBBB2,1\n")


def test_office_walks_a_batch(staff_client: Client) -> None:
    make_violation(plate="BBB2")
    made = staff_client.post("/admin/violations/lookupbatch/add/", {"region": "CA-ON"})
    batch = LookupBatch.objects.get()
    page = f"/admin/violations/lookupbatch/{batch.pk}/"
    assert made["Location"] == f"{page}change/"
    assert staff_client.post(f"{page}file/").content.decode().startswith("reference,plate,region")
    [item] = batch.items.all()
    answer = SimpleUploadedFile("answer.csv", f"{HEAD}{item.pk},BBB2,,,Busy\n".encode())
    staff_client.post(f"{page}answer/", {"answer": answer})
    shown = staff_client.get(f"{page}change/").content.decode()
    assert "Tickets: 1. Asked: 0. Owners found: 0. Errors to take note of: 1." in shown
    staff_client.post(f"{page}errors/", {"item": [item.pk]})
    item.refresh_from_db()
    assert item.acknowledged_at is not None
    assert staff_client.post("/admin/violations/lookupbatch/add/", {"region": "CA-QC"}).status_code == 302
    assert LookupBatch.objects.count() == 1
