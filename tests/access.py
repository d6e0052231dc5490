"""One of everything that has an address, all of it one resident's, and everybody who might ask for it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.models import (
    AccountUpload,
    CompanyMembership,
    Mail,
    MailTemplate,
    ProfilePolicy,
    TextOptOut,
    User,
    Wording,
)
from accounts.services.acting import start_acting
from accounts.services.mailing import draft_mailing
from forms_module.models import Submission
from lockers.models import CombinationView, LockerImport, LockerTerm
from opscom.lib.dates import today
from opscom.models import ReportDownload, ReportSchedule, SystemSettings
from opscom.roles import ROLES
from payments.models import (
    BookLock,
    CardSetup,
    Charge,
    Checkout,
    Comparison,
    Difference,
    Dispute,
    LedgerCheck,
    Payment,
    PaymentMethod,
    PaymentPlan,
    ProviderEvent,
    Receipt,
    StoredCard,
    TaxExemption,
)
from payments.services.attempts import resolve_payment
from payments.services.credits import add_credit
from payments.services.drawers import open_drawer
from payments.services.promises import promise_payment
from payments.services.refunds import request_refund
from permits.models import (
    HangTag,
    Household,
    LotGroup,
    Permit,
    PermitBan,
    PermitCopy,
    PermitImport,
    PermitNumber,
    PermitType,
    PlateCheck,
    PlateToken,
    PrintBatch,
    RolloverRun,
    SalesWindow,
    TextConversation,
    VisitorPlate,
    WaitlistOffer,
)
from tests.conftest import sign_in
from tests.factories import (
    change_office,
    fit,
    make_address,
    make_appeal,
    make_arrangement,
    make_block,
    make_card_page,
    make_card_setup,
    make_charge,
    make_checkout,
    make_company,
    make_form,
    make_hours,
    make_locker_term,
    make_locker_window,
    make_lot,
    make_manager,
    make_member,
    make_offer,
    make_permit,
    make_plan,
    make_stored_card,
    make_submission,
    make_tax,
    make_temporary_type,
    make_term,
    make_text,
    make_upload,
    make_user,
    make_user_type,
    make_vehicle,
    make_violation,
    make_window,
    owe_fees,
)
from tests.payments.conftest import begin, pay_at_provider
from tests.violations.conftest import add_photo, picture, upload
from vehicles.models import PeopleImport, VehicleOwner
from violations.models import (
    Appeal,
    Association,
    BootAssignment,
    CannedText,
    ClosedDay,
    CollectionsBatch,
    CollectionsCase,
    ExemptPlate,
    ImportRun,
    LetterBatch,
    LookupBatch,
    OffenceImport,
    TicketLookup,
    Violation,
    ViolationPhoto,
)
from violations.services.appeals.deciding import decide_appeal
from violations.services.appeals.drafting import submit_appeal
from violations.services.appeals.evidence import add_evidence, look_at
from violations.services.boots.releasing import release_unpaid

TOKEN = "a" * 32
BACKEND = "accounts.backends.PortalBackend"


@dataclass(frozen=True)
class World:
    """What the owner has."""

    owner: User
    link: VehicleOwner
    window: SalesWindow
    temporary: PermitType
    visiting: PermitType
    visitor: VisitorPlate
    permit: Permit
    violation: Violation
    photo: ViolationPhoto
    upload: AccountUpload
    checkout: Checkout
    promise: Payment
    attempt: Payment
    receipt: Receipt
    plan: PaymentPlan
    mail: Mail
    member: CompanyMembership
    card: StoredCard
    setup: CardSetup
    locker_term: LockerTerm
    offer: WaitlistOffer
    boot: BootAssignment
    appeal: Appeal
    form: Submission

    @property
    def password_key(self) -> tuple[str, str]:
        """Person and token of a link that sets the owner's password."""
        return user_pk_to_url_str(self.owner), default_token_generator.make_token(self.owner)


def make_world() -> World:
    """Everything, paid or owed."""
    owner = make_user(first_name="Ada", permit_disclaimer_at=timezone.now(), locker_disclaimer_at=timezone.now())
    link = make_vehicle(owner).owner_links.get()
    permit = make_permit(owner, make_window())
    attempt = begin(make_checkout([permit.charge], owner))
    pay_at_provider(attempt)
    receipt = resolve_payment(attempt).receipt
    _make_refund(receipt.payment, permit.charge)
    permit.refresh_from_db()
    violation = make_violation(number="TT-10133", pin="3K")
    assert violation.charge is not None
    violation.charge.payer = owner
    violation.charge.save(update_fields=["payer"])
    _make_what_only_the_office_sees(owner)
    HangTag.objects.create(permit=permit, way="pick_up")
    batch = PrintBatch.objects.create(by=make_user(is_staff=True), finished_at=timezone.now())
    PermitCopy.objects.create(permit=permit, number=1, layout="a6", language="en", by=batch.by, batch=batch)
    make_card_page("CARDPAGE")
    plan = _make_plan(owner)
    return World(
        owner=owner,
        link=link,
        window=make_window(),
        temporary=make_temporary_type(),
        visiting=make_temporary_type(takes_hours=True),
        visitor=_make_visitor(owner),
        permit=permit,
        violation=violation,
        photo=add_photo(violation),
        upload=make_upload(owner),
        checkout=make_checkout([violation.charge], owner),
        promise=promise_payment(make_checkout([make_charge(owner)], owner), email=owner.email),
        attempt=begin(make_checkout([make_charge(owner)], owner)),
        receipt=receipt,
        plan=plan,
        mail=Mail.objects.order_by("pk")[0],
        member=_make_company(owner),
        card=make_stored_card(owner, primary=True),
        setup=make_card_setup(owner, state=CardSetup.State.FAILED),
        locker_term=_make_locker_term(owner),
        offer=make_offer(user=owner),
        boot=_make_boot(owner),
        appeal=_make_appeal(owner),
        form=_make_submission(owner),
    )


def _make_plan(owner: User) -> PaymentPlan:
    """Two fees, paid in instalments."""
    owe_fees(owner)
    return make_plan(owner)


def _make_visitor(owner: User) -> VisitorPlate:
    """Visitor hours, not paid, and somebody who comes."""
    change_office(visitor_hours=True)
    make_hours(owner)
    return VisitorPlate.objects.create(user=owner, vehicle=make_vehicle(), name="Aunt Rosa")


def _make_boot(owner: User) -> BootAssignment:
    """A boot whose code the owner has."""
    violation = make_violation(make_vehicle(owner, plate="BOOT22"))
    return release_unpaid(fit(violation), by=make_user(is_staff=True), reason="Ambulance")


def _make_appeal(owner: User) -> Appeal:
    """An appeal with a file, decided, and who may appeal for the vehicle."""
    appeal = make_appeal(owner)
    add_evidence(appeal, files=[upload(picture(), "slip.jpg")])
    look_at(appeal.files.get().pk)
    appeal = submit_appeal(appeal, by=owner)
    decide_appeal(
        appeal,
        decision=Appeal.State.UPHELD,
        response="The slip is of another day.",
        by=make_user(is_staff=True),
        expected=(Decimal("50.00"), Decimal("0.00")),
    )
    Association.objects.create(user=owner, violation=appeal.violation)
    CannedText.objects.create(name="Thanks", text="Thank you.")
    return appeal


def _make_submission(owner: User) -> Submission:
    """A form with a file, submitted."""
    paper = make_upload(owner)
    form = make_form({"key": "lease", "kind": "file"})
    return make_submission(form, owner, lease={"key": paper.code, "text": paper.name})


def _make_refund(payment: Payment, charge: Charge) -> None:
    """A dollar goes back, and the rest is disputed no longer."""
    by = make_user(is_staff=True)
    request_refund(payment, amount=Decimal("1.00"), charge=charge, reason="Sold", by=by)
    payment.disputes.create(provider_ref="dp_1", amount=Decimal("1.00"), state=Dispute.State.WON)


def _make_company(owner: User) -> CompanyMembership:
    """The owner manages a company; answers a member, for whom another manager acted."""
    company = make_company()
    make_manager(company, owner)
    member = make_member(company)
    start_acting(member.user, by=make_manager(company).user, company=company)
    return member


def _make_what_only_the_office_sees(owner: User) -> None:
    SystemSettings.objects.get_or_create(pk=1)
    make_address(owner)
    make_arrangement(owner)
    make_term()
    make_text("+15195550142", user=owner)
    TextOptOut.objects.create(number="+15195550199")
    draft_mailing([owner.pk], by=make_user(is_staff=True), source="users")
    TextConversation.objects.create(user=owner, number="+15195550142", expires_at=timezone.now())
    make_block(make_lot(), 1)
    LotGroup.objects.create(name="North")
    PlateCheck.objects.create(plate="CKRT418", verdict="unknown")
    PlateToken.objects.create(name="Gate 4", key="GATE4", digest="0" * 64)
    Household.objects.create(name="Flat 4")
    PermitBan.objects.create(
        user=owner, reason="Passed a permit on", by=owner, lifted_at=timezone.now(), lifted_by=owner
    )
    PermitNumber.objects.create(permit_type=PermitType.objects.order_by("pk")[0], number="1")
    RolloverRun.objects.create(through=today(), finished_at=timezone.now())
    ProfilePolicy.objects.create(field="phone", user_type=make_user_type())
    MailTemplate.objects.create(code="works", title="Works", rows="permit")
    Wording.objects.create(kind="receipt", language="en", subject="Paid", body="Thank you.")
    ProviderEvent.objects.create(provider="sandbox", event_id="evt_1", kind="session.paid", body="{}")
    LedgerCheck.objects.create(seconds=0.5, found=0)
    ReportSchedule.objects.create(report="ageing")
    ReportDownload.objects.create(report="receipts", file="csv", by=make_user(is_staff=True))
    compared = Comparison.objects.create(provider="sandbox", day=date(2020, 12, 31), asked=1)
    Difference.objects.create(comparison=compared, kind="amount", ours=1, theirs=2, currency="CAD", reference="X1")
    BookLock.objects.create(through=date(2020, 12, 31), by=make_user(is_staff=True), reason="Year closed")
    payroll = PaymentMethod.objects.get(code=PaymentMethod.PAYROLL)
    clerk = make_user(is_staff=True)
    add_credit(owner, charges=[], method=payroll, amount=Decimal("5.00"), by=clerk)
    open_drawer(clerk, float_amount=Decimal("100.00"))
    PermitImport.objects.create(by=make_user(is_staff=True), name="permits.csv", finished_at=timezone.now())
    LockerImport.objects.create(by=make_user(is_staff=True), name="lockers.csv", finished_at=timezone.now())
    PeopleImport.objects.create(by=make_user(is_staff=True), name="people.csv", finished_at=timezone.now())
    ImportRun.objects.create(by=make_user(is_staff=True), name="tickets.csv", mapping="nyc", finished_at=timezone.now())
    OffenceImport.objects.create(by=make_user(is_staff=True), name="offences.csv", finished_at=timezone.now())
    LookupBatch.objects.create(region="CA-ON", by=make_user(is_staff=True))
    LetterBatch.objects.create(step="overdue", by=make_user(is_staff=True))
    sent = CollectionsBatch.objects.create(by=make_user(is_staff=True))
    agency = {"batch": sent, "violation": make_violation(), "amount": Decimal("50.00"), "name": "Jo Poe"}
    CollectionsCase.objects.create(**agency)
    ClosedDay.objects.create(day=today())
    ExemptPlate.objects.create(plate="FIRE1", first_on=today(), reason="Fire brigade")
    TicketLookup.objects.create(number="TT-1", address="203.0.113.5", network="203.0.113.0/24", found=False)
    tax = make_tax()
    make_charge(owner, kind="permit")
    TaxExemption.objects.create(user=owner, reason="Treaty").taxes.add(tax)
    tax.active = False
    tax.save()


def _make_locker_term(owner: User) -> LockerTerm:
    """A locker of the office, whose combination the owner has seen."""
    term = make_locker_term(owner)
    CombinationView.objects.create(locker=term.locker, term=term, by=owner, at=timezone.now())
    make_locker_window()
    return term


def everybody(owner: User) -> dict[str, Client]:
    """A browser for each kind of visitor; every one checks for the token that `send` brings along."""
    other = make_user(permit_disclaimer_at=timezone.now(), locker_disclaimer_at=timezone.now())
    make_vehicle(other)
    half = checking()
    half.force_login(make_user(is_staff=True, is_superuser=True), backend=BACKEND)
    staff = {role: make_user(is_staff=True) for role in ROLES}
    for role, user in staff.items():
        user.groups.add(Group.objects.get(name=role))
    staff["operator"] = make_user(is_staff=True, is_superuser=True)
    people = {"owner": owner, "other": other, **staff}
    return {"anonymous": checking(), "half": half, **{kind: sign_in(checking(), user) for kind, user in people.items()}}


def checking() -> Client:
    """A browser that holds a form's token and must send it."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = TOKEN
    return client


def admin_models() -> list[type[Model]]:
    """Every model that has pages in the office."""
    return sorted(site._registry, key=lambda model: model._meta.label)
