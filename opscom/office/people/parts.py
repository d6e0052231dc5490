"""What a person's copy of the own data holds. A test walks every column that points at a person and fails on one that no
part covers and no reason leaves out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import ForeignKey, Model, Prefetch, QuerySet
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from accounts.models import (
    AccountEvent,
    AccountUpload,
    ActAsSession,
    Address,
    CompanyMembership,
    EmailChange,
    EmailOptOut,
    Mail,
    PersonNote,
    TextMessage,
    User,
)
from forms_module.models import Submission
from lockers.models import LockerTerm
from payments.models import (
    Adjustment,
    CardSetup,
    Charge,
    Checkout,
    OfficeArrangement,
    PaymentPlan,
    StoredCard,
    TaxExemption,
)
from permits.models import (
    HourBlock,
    HouseholdMember,
    Permit,
    PermitBan,
    PermitVehicle,
    TextConversation,
    VisitorPlate,
    WaitlistEntry,
)
from vehicles.models import VehicleOwner
from violations.models import Appeal, Association, Violation

# Keys of the database, secrets, and who of the office did it.
NEVER = frozenset(
    "id password html key unsubscribe_url answers old_digest new_digest digest thumb session_generation session_key is_superuser "
    "is_staff provider_ref serial by officer actor user person payer holder merged_into token extra_data "
    "permit charge violation checkout payment upload approved_by adjustment counterpart rest_of refund "
    "entry mail note stock place customer_ref series_ref card setup stored_card rollover_card judged tax drawer replaces batch "
    "shows offered page reviewer appeal sealed_pin client_key plan instalment".split()
)


@dataclass(frozen=True)
class Part:
    """One file of the copy: the person's rows of one kind, with the rows `below` each, `related` fetched along."""

    name: str
    covers: tuple[str, ...]
    rows: Callable[[User], QuerySet[Any]]
    below: tuple[str, ...] = ()
    files: Callable[[Any], Iterable[FieldFile]] = lambda row: ()


def _photos(violation: Violation) -> Iterable[FieldFile]:
    return [photo.image for photo in violation.photos.all()]


def _payments(user: User) -> QuerySet[Any]:
    below = ("lines__charge", "payments__events", "payments__receipt", "payments__entries", "payments__refunds__events")
    return Checkout.objects.filter(user=user).select_related("company").prefetch_related(*below).order_by("pk")


PARTS: tuple[Part, ...] = (
    Part("profile", (), lambda user: User.objects.filter(pk=user.pk).select_related("user_type")),
    Part("addresses", ("accounts.Address.user",), lambda user: Address.objects.filter(user=user)),
    Part("email_addresses", ("account.EmailAddress.user",), lambda user: EmailAddress.objects.filter(user=user)),
    Part("email_changes", ("accounts.EmailChange.user",), lambda user: EmailChange.objects.filter(user=user)),
    Part("single_sign_on", ("socialaccount.SocialAccount.user",), lambda user: SocialAccount.objects.filter(user=user)),
    Part("sessions", ("usersessions.UserSession.user",), lambda user: UserSession.objects.filter(user=user)),
    Part(
        "unwanted_emails",
        ("accounts.EmailOptOut.user",),
        lambda user: EmailOptOut.objects.filter(user=user).select_related("category"),
    ),
    Part(
        "company",
        ("accounts.CompanyMembership.user",),
        lambda user: CompanyMembership.objects.filter(user=user).select_related("company"),
    ),
    Part(
        "acted_for_me",
        ("accounts.ActAsSession.person",),
        lambda user: ActAsSession.objects.filter(person=user).select_related("company"),
    ),
    Part(
        "vehicles",
        ("vehicles.VehicleOwner.user",),
        lambda user: VehicleOwner.objects.filter(user=user).select_related("vehicle"),
    ),
    Part(
        "permits",
        ("permits.Permit.holder",),
        lambda user: (
            Permit.objects.for_user(user)
            .select_related("lot", "permit_type", "window__permit_type")
            .prefetch_related(
                "events",
                Prefetch("plates", PermitVehicle.every.select_related("vehicle")),
                "terms__events",
                "copies",
                "reprints",
                "tags",
            )
        ),
        ("events", "plates", "terms", "copies", "reprints", "tags"),
    ),
    Part(
        "waitlists",
        ("permits.WaitlistEntry.user",),
        lambda user: (
            WaitlistEntry.objects.for_user(user)
            .select_related("waitlist")
            .prefetch_related("events", "offers__events", "offers__permit_type", "offers__window__permit_type")
        ),
        ("events", "offers"),
    ),
    Part(
        "parking_by_text",
        ("permits.TextConversation.user",),
        lambda user: (
            TextConversation.objects.for_user(user).select_related("permit_type", "extends").prefetch_related("events")
        ),
        ("events",),
    ),
    Part(
        "visitor_hours",
        ("permits.HourBlock.user",),
        lambda user: HourBlock.objects.for_user(user).prefetch_related("entries__permit"),
        ("entries",),
    ),
    Part(
        "visitors",
        ("permits.VisitorPlate.user",),
        lambda user: VisitorPlate.objects.filter(user=user).select_related("vehicle"),
    ),
    Part(
        "lost_privileges",
        ("permits.PermitBan.user",),
        lambda user: PermitBan.objects.filter(user=user),
    ),
    Part(
        "household",
        ("permits.HouseholdMember.user",),
        lambda user: HouseholdMember.objects.filter(user=user).select_related("household"),
    ),
    Part(
        "charges",
        ("payments.Charge.payer",),
        lambda user: Charge.objects.for_user(user).prefetch_related("events", "taxes"),
        ("events", "taxes"),
    ),
    Part(
        "tax_exemptions",
        ("payments.TaxExemption.user",),
        lambda user: TaxExemption.objects.filter(user=user).prefetch_related("taxes"),
        ("taxes",),
    ),
    Part(
        "payments",
        ("payments.Checkout.user",),
        _payments,
        ("lines", "payments", "events", "receipt", "entries", "refunds"),
    ),
    Part(
        "payment_plans",
        ("payments.PaymentPlan.user",),
        lambda user: PaymentPlan.objects.for_user(user).prefetch_related("instalments", "events"),
        ("instalments", "events"),
    ),
    Part(
        "credits",
        ("payments.Adjustment.user",),
        lambda user: Adjustment.objects.for_user(user).prefetch_related("events"),
        ("events",),
    ),
    Part(
        "stored_cards",
        ("payments.StoredCard.user",),
        lambda user: StoredCard.objects.for_user(user).prefetch_related("events"),
        ("events",),
    ),
    Part(
        "card_setups",
        ("payments.CardSetup.user",),
        lambda user: CardSetup.objects.filter(user=user).prefetch_related("events"),
        ("events",),
    ),
    Part(
        "office_arrangements",
        ("payments.OfficeArrangement.user",),
        lambda user: OfficeArrangement.objects.filter(user=user).select_related("method"),
    ),
    Part(
        "violations",
        (),
        lambda user: (
            Violation.objects.for_user(user)
            .select_related("offence", "lot", "vehicle")
            .prefetch_related("events", "photos")
        ),
        ("events", "photos"),
        _photos,
    ),
    Part(
        "appeals",
        ("violations.Appeal.user",),
        lambda user: (
            Appeal.objects.for_user(user).select_related("violation__offence").prefetch_related("events", "files")
        ),
        ("violation", "events", "files"),
        lambda appeal: [row.file for row in appeal.files.all() if row.file],
    ),
    Part("associations", ("violations.Association.user",), lambda user: Association.objects.filter(user=user)),
    Part(
        "lockers",
        ("lockers.LockerTerm.user",),
        lambda user: (
            LockerTerm.objects.for_user(user).select_related("locker__site", "window").prefetch_related("events")
        ),
        ("events",),
    ),
    Part(
        "forms",
        ("forms_module.Submission.user",),
        lambda user: Submission.objects.for_user(user).select_related("form").prefetch_related("events"),
        ("events",),
    ),
    Part(
        "documents",
        ("accounts.AccountUpload.user",),
        lambda user: AccountUpload.objects.for_user(user).prefetch_related("events"),
        ("events",),
        lambda upload: [upload.file] if upload.file else [],
    ),
    Part("emails", ("accounts.Mail.user",), lambda user: Mail.objects.filter(user=user).defer("html")),
    Part("texts", ("accounts.TextMessage.user",), lambda user: TextMessage.objects.for_user(user)),
    Part("office_notes", ("accounts.PersonNote.user",), lambda user: PersonNote.objects.for_user(user)),
    Part("events", ("accounts.AccountEvent.user",), lambda user: AccountEvent.objects.for_user(user)),
)


def as_json(row: Model, part: Part) -> dict[str, Any]:
    """Every column that is the person's, and the rows below it. The text of an e-mail that opens the account stays out."""
    fields = [field for field in row._meta.concrete_fields if field.name not in NEVER]
    whole = {
        field.name: str(getattr(row, field.name) or "")
        if isinstance(field, ForeignKey)
        else _plain(getattr(row, field.name))
        for field in fields
        if field.attname not in row.get_deferred_fields()
    }
    if isinstance(row, Mail):
        whole["text"] = row.shown_text
    if isinstance(row, TextMessage):
        whole["body"] = row.shown_body
    for name in part.below:
        found = getattr(row, name, None)
        if isinstance(found, Model):
            whole[name] = as_json(found, part)
        elif found is not None:
            whole[name] = [as_json(child, part) for child in found.all()]
    return whole


def _plain(value: Any) -> Any:
    """As JSON has it: moments in the office's time zone, amounts as text so that no digit is lost."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str | dict | list) else str(value)
