"""Every column that points at a person, and what becomes of its rows when two accounts are merged and when somebody's
details are erased. A test walks all models and fails on a column that is not named here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from forms_module.services.forgetting import empty_forms
from opscom.office.people import duplicates, erasing
from payments.retention import forget_receipt_address
from violations.services.appeals.forgetting import empty_appeals

# What a merge does to the rows of the duplicate: answers the keys of those that go instead of moving.
Rest = Callable[[QuerySet[Any], User], QuerySet[Any]]
Erase = Callable[[QuerySet[Any]], None]


class Kept(NamedTuple):
    """Nothing is done, and why."""

    why: str


RECORD = Kept("books and records stay whole; the person in them has no name any more")


@dataclass(frozen=True)
class Relation:
    """One column. `gives_way` finds the duplicate's rows that go because the keeper has the same already, `stays` those that
    cannot be the keeper's; a merge moves the others. `drop`: all of them go. `erase` is given the rows of somebody whose details are erased."""

    label: str  # app.Model.field
    merge: Kept | None = None
    gives_way: Rest | None = None
    stays: Rest | None = None
    drop: bool = False
    erase: Erase | Kept = RECORD
    words: str | Promise = ""
    lock: int = 9  # RULES: checkouts, payments, charges, then the rest

    @property
    def model(self) -> type[Model]:
        """The table."""
        return apps.get_model(self.label.rpartition(".")[0])

    @property
    def field(self) -> str:
        """The column."""
        return self.label.rpartition(".")[2]

    def rows(self, user: User) -> QuerySet[Any]:
        """Those that point at that person."""
        return self.model._base_manager.filter(Q(**{self.field: user}))


DEEDS = Kept("what somebody did stays theirs; the account that did it leads to the keeper")
STAFF_ONLY = Kept("only staff are named here, and staff are never merged or erased")
NOT_OF_STAFF = Kept("of staff only")

RELATIONS: tuple[Relation, ...] = (
    Relation("payments.Checkout.user", words=_("Checkouts and their payments"), lock=1, erase=forget_receipt_address),
    Relation("payments.Charge.payer", words=_("Charges"), lock=3),
    Relation("payments.PaymentPlan.user", words=_("Payment plans"), stays=duplicates.same_offers, lock=4),
    Relation("payments.TaxExemption.user", words=_("Tax exemptions")),
    Relation("payments.Adjustment.user", words=_("Office credits"), lock=3),
    Relation(
        "payments.StoredCard.user",
        words=_("Stored cards"),
        lock=3,
        erase=erasing.forget_cards,
    ),
    Relation("payments.CardSetup.user", stays=duplicates.same_setups, words=_("Attempts to store a card"), lock=3),
    Relation(
        "payments.OfficeArrangement.user",
        stays=duplicates.same_arrangements,
        words=_("Office arrangements"),
        erase=erasing.end_arrangements,
    ),
    Relation("permits.Permit.holder", stays=duplicates.same_plates, words=_("Permits"), lock=4),
    Relation(
        "permits.TextConversation.user",
        words=_("Parking by text"),
        lock=5,
        erase=erasing.forget_numbers,
    ),
    Relation("permits.WaitlistEntry.user", stays=duplicates.same_waitlists, words=_("Waitlists"), lock=5),
    Relation(
        "permits.HouseholdMember.user",
        gives_way=duplicates.same_household,
        words=_("Households"),
        erase=erasing.delete,
    ),
    Relation("permits.PermitBan.user", words=_("Lost privileges")),
    Relation("permits.HourBlock.user", words=_("Visitor hours"), lock=5),
    Relation(
        "permits.VisitorPlate.user",
        gives_way=duplicates.same_visitors,
        words=_("Visitors' plates"),
        erase=erasing.delete,
    ),
    Relation("lockers.LockerTerm.user", words=_("Lockers")),
    Relation("violations.Appeal.user", stays=duplicates.same_drafts, words=_("Appeals"), lock=6, erase=empty_appeals),
    Relation(
        "violations.Association.user",
        gives_way=duplicates.same_associations,
        words=_("Associations with vehicles"),
        erase=erasing.delete,
    ),
    Relation("violations.PlateCode.user", drop=True, words=_("Codes for plates' tickets"), erase=erasing.delete),
    Relation("forms_module.Submission.user", stays=duplicates.same_forms, words=_("Forms"), erase=empty_forms),
    Relation(
        "vehicles.VehicleOwner.user",
        gives_way=duplicates.same_vehicles,
        words=_("Vehicles"),
        erase=erasing.part_from_vehicles,
    ),
    Relation("accounts.Address.user", gives_way=duplicates.same_addresses, words=_("Addresses"), erase=erasing.delete),
    Relation(
        "accounts.EmailOptOut.user",
        gives_way=duplicates.same_categories,
        words=_("Email preferences"),
        erase=erasing.delete,
    ),
    Relation(
        "accounts.AccountUpload.user",
        stays=duplicates.same_documents,
        words=_("Documents"),
        erase=erasing.delete_documents,
    ),
    Relation("accounts.MailingPerson.user", gives_way=duplicates.same_mailings, words=_("E-mails to many")),
    Relation("accounts.Mailing.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("accounts.Mailing.started_by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("accounts.Mailing.stopped_by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("accounts.Mail.user", words=_("E-mails"), erase=erasing.empty_mails),
    Relation("accounts.TextMessage.user", words=_("Texts"), erase=erasing.empty_texts),
    Relation("accounts.AccountEvent.user", words=_("Events of the account"), erase=erasing.forget_details),
    Relation("accounts.PersonNote.user", words=_("Notes of the office"), erase=erasing.delete),
    Relation("accounts.PersonNote.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("accounts.DataExport.user", drop=True, words=_("Copies of the own data"), erase=erasing.delete_exports),
    Relation("account.EmailAddress.user", drop=True, words=_("Login addresses"), erase=erasing.delete),
    Relation("socialaccount.SocialAccount.user", words=_("Single sign-on"), erase=erasing.delete),
    Relation("accounts.EmailChange.user", drop=True, words=_("Changes of address"), erase=erasing.delete),
    Relation("usersessions.UserSession.user", drop=True, words=_("Devices"), erase=erasing.delete),
    Relation("otp_email.EmailDevice.user", drop=True, words=_("Second factors"), erase=erasing.delete),
    Relation("otp_totp.TOTPDevice.user", drop=True, words=_("Second factors"), erase=erasing.delete),
    Relation("otp_static.StaticDevice.user", drop=True, words=_("Second factors"), erase=erasing.delete),
    Relation(
        "accounts.CompanyMembership.user",
        gives_way=duplicates.same_company,
        words=_("Company"),
        erase=erasing.delete,
    ),
    Relation(
        "accounts.ActAsSession.person",
        stays=duplicates.acted_by_keeper,
        words=_("Times that somebody acted for the person"),
        erase=erasing.forget_reasons,
    ),
    Relation("accounts.ActAsSession.actor", merge=DEEDS),
    Relation("accounts.User.merged_into", words=_("Accounts merged before")),
    Relation("accounts.AccountEvent.by", merge=DEEDS),
    Relation("payments.ChargeEvent.by", merge=DEEDS),
    Relation("payments.PaymentEvent.by", merge=DEEDS),
    Relation("payments.AdjustmentEvent.by", merge=DEEDS),
    Relation("payments.AdjustmentEvent.acting", merge=DEEDS),
    Relation("payments.PaymentPlanEvent.by", merge=DEEDS),
    Relation("payments.PaymentPlanEvent.acting", merge=DEEDS),
    Relation("payments.StoredCardEvent.by", merge=DEEDS),
    Relation("permits.TextConversationEvent.by", merge=DEEDS),
    Relation("permits.TextConversationEvent.acting", merge=DEEDS),
    Relation("payments.StoredCardEvent.acting", merge=DEEDS),
    Relation("payments.CardSetupEvent.by", merge=DEEDS),
    Relation("payments.CardSetupEvent.acting", merge=DEEDS),
    Relation("payments.CashDrawer.cashier", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("permits.PermitTermEvent.by", merge=DEEDS),
    Relation("permits.PermitTermEvent.acting", merge=DEEDS),
    Relation("permits.HourEntry.by", merge=DEEDS),
    Relation("permits.HourBlock.granted_by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("permits.HangTagEvent.by", merge=DEEDS),
    Relation("permits.HangTagEvent.acting", merge=DEEDS),
    Relation("permits.PermitCopy.by", merge=DEEDS),
    Relation("permits.PermitCopy.acting", merge=DEEDS),
    Relation("permits.Reprint.by", merge=DEEDS),
    Relation("permits.Reprint.acting", merge=DEEDS),
    Relation("permits.PrintBatch.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("permits.WaitlistEntryEvent.by", merge=DEEDS),
    Relation("permits.WaitlistEntryEvent.acting", merge=DEEDS),
    Relation("permits.WaitlistOfferEvent.by", merge=DEEDS),
    Relation("permits.WaitlistOfferEvent.acting", merge=DEEDS),
    Relation("permits.RolloverRun.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("permits.PlateCheck.by", merge=DEEDS),
    Relation("permits.PermitBan.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("permits.PermitBan.lifted_by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("payments.Refund.by", merge=DEEDS),
    Relation("payments.Refund.approved_by", merge=DEEDS),
    Relation("payments.RefundEvent.by", merge=DEEDS),
    Relation("payments.RefundEvent.acting", merge=DEEDS),
    Relation("payments.DisputeEvent.by", merge=DEEDS),
    Relation("payments.DisputeEvent.acting", merge=DEEDS),
    Relation("payments.Difference.closed_by", merge=DEEDS),
    Relation("payments.BookLock.by", merge=DEEDS),
    Relation("payments.BookLock.lifted_by", merge=DEEDS),
    Relation("permits.PermitEvent.by", merge=DEEDS),
    Relation("lockers.LockerTermEvent.by", merge=DEEDS),
    Relation("lockers.LockerTermEvent.acting", merge=DEEDS),
    Relation("lockers.CombinationView.by", merge=DEEDS),
    Relation("lockers.CombinationView.acting", merge=DEEDS),
    Relation("violations.ViolationEvent.by", merge=DEEDS),
    Relation("violations.Appeal.reviewer", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.AppealEvent.by", merge=DEEDS),
    Relation("violations.AppealEvent.acting", merge=DEEDS),
    Relation("violations.Association.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("forms_module.SubmissionEvent.by", merge=DEEDS),
    Relation("forms_module.SubmissionEvent.acting", merge=DEEDS),
    Relation("accounts.UploadEvent.by", merge=DEEDS),
    Relation("accounts.UploadEvent.acting", merge=DEEDS),
    Relation("accounts.AccountEvent.acting", merge=DEEDS),
    Relation("payments.ChargeEvent.acting", merge=DEEDS),
    Relation("payments.Payment.acting", merge=DEEDS),
    Relation("payments.PaymentEvent.acting", merge=DEEDS),
    Relation("permits.PermitEvent.acting", merge=DEEDS),
    Relation("violations.ViolationEvent.acting", merge=DEEDS),
    Relation("violations.BootEvent.by", merge=DEEDS),
    Relation("violations.BootEvent.acting", merge=DEEDS),
    Relation("violations.BootAssignmentEvent.by", merge=DEEDS),
    Relation("violations.BootAssignmentEvent.acting", merge=DEEDS),
    Relation("violations.BootAssignment.fitted_by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.Violation.officer", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("lockers.LockerImport.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("vehicles.PeopleImport.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("permits.PermitImport.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.ImportRun.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.OffenceImport.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.LookupBatch.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.LookupItem.acknowledged_by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.LetterBatch.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.LetterBatch.ended_by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.CollectionsBatch.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.CollectionsPayment.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("violations.CollectionsCaseEvent.by", merge=DEEDS),
    Relation("violations.CollectionsCaseEvent.acting", merge=DEEDS),
    Relation("violations.NumberNote.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("opscom.ReportDownload.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("opscom.ReportSchedule_recipients.user", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("admin.LogEntry.user", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("auditlog.LogEntry.actor", merge=DEEDS),
    Relation("accounts.WordingVersion.by", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("accounts.User_groups.user", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
    Relation("accounts.User_user_permissions.user", merge=STAFF_ONLY, erase=NOT_OF_STAFF),
)


def all_relations() -> Iterator[str]:
    """Every column of the database that points at a person, as Relation.label has it."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created and field.related_model is User and not field.many_to_many:
                yield f"{model._meta.label}.{field.name}"
