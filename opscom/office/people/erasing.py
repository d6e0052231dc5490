"""Take somebody's personal details out of the database. Books, receipts, charges, tickets and permits stay whole and add
up; whose they were can no longer be told. A plate stays on the ticket or permit that names it (the record of a fine or a
sale), and nothing leads from it to the person."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry as AuditEntry
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Mail, TextMessage, User
from opscom.lib.trail import PERSON
from payments.models import StoredCard
from permits.models import PermitVehicle, VisitorPlate
from vehicles.models import Vehicle, VehicleOwner
from violations.models import Violation


def delete(rows: QuerySet[Any]) -> None:
    """The rows are nothing but personal details, or ways into the account."""
    rows.delete()


def part_from_vehicles(rows: QuerySet[Any]) -> None:
    """Nobody drives these vehicles any more; one that no permit, ticket or other driver needs goes altogether."""
    keys = list(rows.values_list("vehicle", flat=True))
    rows.delete()
    needed = (VehicleOwner, PermitVehicle, VisitorPlate, Violation)
    unneeded = Vehicle.objects.filter(pk__in=keys)
    for model in needed:
        unneeded = unneeded.exclude(Exists(model._base_manager.filter(vehicle=OuterRef("pk"))))
    unneeded.delete()


def empty_mails(rows: QuerySet[Any]) -> None:
    """That a message went out stays known; to whom and what it said does not."""
    rows.filter(state=Mail.State.QUEUED).update(state=Mail.State.FAILED)
    rows.update(to="erased@erased.invalid", subject="", text="", html="", unsubscribe_url="", error="")


def empty_texts(rows: QuerySet[Any]) -> None:
    """That a text went in or out stays known and is counted; with which telephone and what it said does not."""
    rows.filter(state=TextMessage.State.QUEUED).update(state=TextMessage.State.DROPPED)
    rows.update(number="", body="")


def forget_details(rows: QuerySet[Any]) -> None:
    """That something happened stays known, its wording does not."""
    rows.update(detail="")


def forget_reasons(rows: QuerySet[Any]) -> None:
    """Why staff acted for the person: the wording goes."""
    rows.exclude(reason="").update(reason="–")


def forget_cards(rows: QuerySet[Any]) -> None:
    """How the cards looked; the sweep has the provider forget those that it still keeps."""
    rows.filter(state=StoredCard.State.STORED).update(state=StoredCard.State.REMOVING, primary=False)
    rows.update(brand="", last4="")


def forget_numbers(rows: QuerySet[Any]) -> None:
    """From which number parking was bought by text."""
    rows.update(number="", plate="")


def end_arrangements(rows: QuerySet[Any]) -> None:
    """Payroll and the like end; what they said goes."""
    rows.update(active=False, comment="")


def delete_exports(rows: QuerySet[Any]) -> None:
    """Copies of the own data, with their files."""
    for export in rows:
        if export.file:
            export.file.delete(save=False)
    rows.delete()


def delete_documents(rows: QuerySet[Any]) -> None:
    """What the person handed in, with its files."""
    for upload in rows:
        upload.file.delete(save=False)
        upload.thumb.delete(save=False)
    rows.delete()


def forget_trails(rows: QuerySet[Any], column: str, user: User) -> None:
    """What the office's change logs say about these rows of the person, whose name may stand in it, and about those that were
    deleted before."""
    kind = ContentType.objects.get_for_model(rows.model)
    gone = {"content_type": kind, "action": AuditEntry.Action.DELETE, f"changes__{column}__0": str(user.pk)}
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    keys += AuditEntry.objects.filter(**gone).values_list("object_pk", flat=True)
    LogEntry.objects.filter(content_type=kind, object_id__in=keys).update(object_repr="–", change_message="")
    AuditEntry.objects.filter(content_type=kind, object_pk__in=keys).update(
        object_repr="–", changes={}, changes_text="", additional_data=None
    )


def erase_trails(user: User) -> None:
    """What the office's change logs say about the account itself."""
    about = {"content_type": ContentType.objects.get_for_model(User), "object_id": str(user.pk)}
    LogEntry.objects.filter(**about).update(object_repr=user.email, change_message="")
    AuditEntry.objects.filter(content_type=about["content_type"], object_pk=str(user.pk)).update(
        object_repr=user.email, changes={}, changes_text="", additional_data=None
    )


def erase_entries(user: User) -> None:
    """What the change logs say about rows that were the person's and may be gone by now."""
    entries = AuditEntry.objects.filter(**{f"additional_data__{PERSON}": user.pk})
    gone = defaultdict(set)
    for kind, key in entries.order_by().values_list("content_type", "object_pk").distinct():
        gone[kind].add(key)
    for kind, keys in gone.items():
        LogEntry.objects.filter(content_type=kind, object_id__in=keys).update(object_repr="–", change_message="")
    entries.update(object_repr="–", changes={}, changes_text="", additional_data=None)


def erase_person(user: User, *, at: datetime) -> None:
    """The account's own columns. The address becomes one that exists nowhere (RFC 2606)."""
    user.email = f"erased-{user.pk}@erased.invalid"
    user.first_name = user.last_name = user.phone = user.organisation_number = ""
    user.texts_from = None
    user.second_factor = False
    user.erased_at = at
    user.set_unusable_password()
    user.save(
        update_fields=[
            "email", "first_name", "last_name", "phone", "texts_from", "organisation_number", "second_factor", "erased_at",
            "password",
        ]
    )  # fmt: skip
