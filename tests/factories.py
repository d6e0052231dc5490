"""One plain function a model: everything that a row needs, each part replaceable."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import AccountUpload, Address, Company, CompanyMembership, TextMessage, User, UserType
from forms_module.models import FormDefinition, FormField, Submission
from forms_module.services.answering import begin_submission, save_answers, submit_form
from forms_module.services.publishing import publish_form
from lockers.models import Locker, LockerSite, LockerTerm, LockerWindow
from lockers.services.reserve import reserve_locker
from opscom.lib.codes import random_code
from opscom.lib.dates import Period, start_of_day, today
from opscom.lib.office import CACHE_KEY, office, save_settings
from opscom.lib.sealed import seal
from payments.models import (
    CardPage,
    CardSetup,
    Charge,
    Checkout,
    OfficeArrangement,
    Payment,
    PaymentPlan,
    SandboxSetup,
    StoredCard,
    Tax,
)
from payments.services.charges import create_charge
from payments.services.checkouts import start_checkout
from payments.services.plans.agreeing import agree_plan
from payments.services.plans.terms import rehearse
from permits.models import (
    HourBlock,
    Lot,
    LotBlock,
    Permit,
    PermitBan,
    PermitTerm,
    PermitType,
    SalesWindow,
    Waitlist,
    WaitlistEntry,
    WaitlistOffer,
    WindowPrice,
)
from permits.services.reserve import reserve_permit
from permits.services.temporary import check_availability, reserve_temporary
from permits.services.visitors.wallet import buy_hours, offer_hours
from permits.services.waitlists.offering import offer_places
from tests.documents import pdf
from vehicles.models import Vehicle, VehicleOwner
from violations.models import Appeal, Boot, BootAssignment, Offence, OffenceCategory, Violation
from violations.services.appeals.drafting import begin_appeal, save_draft
from violations.services.boots.fitting import fit_boot
from violations.services.issue import issue_violation

_count = itertools.count(1)


def make_user_type(**fields: Any) -> UserType:
    """A user type."""
    n = next(_count)
    return UserType.objects.create(**{"code": f"type-{n}", "name": f"Type {n}"} | fields)


def make_user(**fields: Any) -> User:
    """A person with a complete profile and no usable password."""
    n = next(_count)
    defaults: dict[str, Any] = {
        "email": f"person{n}@example.test",
        "first_name": "Kim",
        "last_name": f"Person{n}",
        "profile_complete": True,
    }
    user = User.objects.create_user(**defaults | fields)
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_address(user: User, **fields: Any) -> Address:
    """A Canadian home address."""
    where = {"line1": "17 Trent Lane", "city": "Guelph", "region": "CA-ON", "postal_code": "N1G 2W1", "country": "CA"}
    return Address.objects.create(user=user, **where | fields)


def make_company(**fields: Any) -> Company:
    """A company without anybody in it."""
    n = next(_count)
    return Company.objects.create(**{"name": "Northfield Labs", "code": f"company-{n}"} | fields)


def make_member(company: Company, user: User | None = None, **fields: Any) -> CompanyMembership:
    """Somebody of that company who lets its managers act for them."""
    return CompanyMembership.objects.create(company=company, user=user or make_user(), **fields)


def make_manager(company: Company, user: User | None = None, **fields: Any) -> CompanyMembership:
    """Somebody who looks after that company's people."""
    return make_member(company, user, role=CompanyMembership.Role.MANAGER, **fields)


def make_upload(user: User, **fields: Any) -> AccountUpload:
    """A PDF that was received, its file stored."""
    n = next(_count)
    content = pdf()
    defaults = {"name": f"paper{n}.pdf", "kind": "pdf", "size": len(content), "digest": f"{n:064d}"}
    upload = AccountUpload(user=user, **defaults | fields)
    upload.file.save("", ContentFile(content), save=False)
    upload.save()
    return upload


def make_form(*questions: dict[str, Any], publish: bool = True, **fields: Any) -> FormDefinition:
    """A form that asks these questions, by default for a reason; published."""
    form = FormDefinition.objects.create(**{"name": "Move-in help", "notify_email": "forms@office.test"} | fields)
    for position, question in enumerate(questions or ({"key": "why", "label": "Why", "required": True},)):
        FormField.objects.create(**{"form": form, "position": position, "kind": "text", "label": "Question"} | question)
    return publish_form(form) if publish else form


def make_submission(
    form: FormDefinition | None = None, user: User | None = None, *, submit: bool = True, **answers: Any
) -> Submission:
    """The form filled in by that person, and submitted."""
    user = user or make_user()
    submission = begin_submission(form or make_form(), user=user, language="en")
    submission = save_answers(submission, answers=answers or {"why": "A moving van"})
    return submit_form(submission, by=user) if submit else submission


def make_vehicle(user: User | None = None, **fields: Any) -> Vehicle:
    """A vehicle, driven by `user` if given (as its primary driver)."""
    n = next(_count)
    vehicle = Vehicle.objects.create(
        **{"plate": f"CKRT{n}", "region": "CA-ON", "year": 2020, "make": "Honda", "colour": "Grey"} | fields
    )
    if user is not None:
        VehicleOwner.objects.create(user=user, vehicle=vehicle, primary=True)
    return vehicle


def make_lot(**fields: Any) -> Lot:
    """A lot with ten spaces."""
    n = next(_count)
    return Lot.objects.create(**{"code": f"lot-{n}", "name": f"Lot {n}", "spaces": 10, "zone": "yellow"} | fields)


def make_block(
    lot: Lot, spaces: int | None = None, *, starts_on: date | None = None, days: int = 30, **fields: Any
) -> LotBlock:
    """A closure of so many spaces, or of the whole lot, for whole days unless moments are given."""
    start = starts_on or today()
    moments = {"starts_at": start_of_day(start), "ends_at": start_of_day(start + timedelta(days=days))}
    return LotBlock.objects.create(**{"lot": lot, "spaces": spaces, "reason": "Works"} | moments | fields)


def make_window(
    lot: Lot | None = None, *, price: str = "77.00", at: datetime | None = None, **fields: Any
) -> SalesWindow:
    """A sales window that is open now, for a permit valid from today for 30 days."""
    at = at or timezone.now()
    lot = lot or make_lot()
    n = next(_count)
    permit_type = lot.permit_types.first() or PermitType.objects.create(
        lot=lot, name=f"Standard {n}", prefix=f"P{n}", first_number=20001
    )
    defaults = {
        "name": f"Window {n}",
        "sale_starts": at - timedelta(days=10),
        "sale_ends": at + timedelta(days=20),
        "valid_from": today(at),
        "valid_before": today(at) + timedelta(days=30),
    }
    window = SalesWindow.objects.create(permit_type=permit_type, **defaults | fields)
    WindowPrice.objects.create(window=window, from_day=today(at) - timedelta(days=10), amount=Decimal(price))
    return window


def make_temporary_type(lot: Lot | None = None, **fields: Any) -> PermitType:
    """A temporary permit for $2 an hour, $10 a day at most."""
    n = next(_count)
    defaults: dict[str, Any] = {
        "hourly": Decimal("2.00"),
        "daily": Decimal("10.00"),
        "name": "Visitors",
        "prefix": f"T{n}",
    }
    return PermitType.objects.create(lot=lot or make_lot(), kind="temporary", **defaults | fields)


def make_permit(user: User | None = None, window: SalesWindow | None = None, **kwargs: Any) -> Permit:
    """A held permit, made through the service, for a plate of the user that has none yet (RULES 17)."""
    user = user or make_user()
    taken = Permit.objects.filter(holder=user, state__in=Permit.UNRELEASED).exclude(window=window).values("vehicles")
    link = user.vehicle_links.filter(active=True).exclude(vehicle__in=taken).select_related("vehicle").first()
    vehicle = link.vehicle if link else make_vehicle(user)
    return reserve_permit(user, window=window or make_window(), vehicles=[vehicle], **kwargs)


def make_temporary(
    user: User | None = None, permit_type: PermitType | None = None, *, hours: int = 2, **kwargs: Any
) -> Permit:
    """A held temporary permit from the next full hour on, made through the service."""
    user, permit_type = user or make_user(), permit_type or make_temporary_type()
    at: datetime = kwargs.pop("at", timezone.now())
    start: datetime = kwargs.pop("start", at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
    period = Period(start, start + timedelta(hours=hours))
    link = user.vehicle_links.select_related("vehicle").first()
    vehicle = kwargs.pop("vehicle", None) or (link.vehicle if link else make_vehicle(user))
    found = check_availability(user, permit_type=permit_type, period=period, at=at)
    return reserve_temporary(
        user, permit_type=permit_type, vehicle=vehicle, period=period, expected=found.priced.total, at=at, **kwargs
    )


def make_hours(user: User | None = None, *, at: datetime | None = None) -> HourBlock:
    """Ten visitor hours in somebody's basket, bought through the service."""
    user = user or make_user()
    return buy_hours(user, expected=offer_hours(user, at=at).priced.total, at=at)


def make_term(permit: Permit | None = None, **fields: Any) -> PermitTerm:
    """The next month of a permit, owed; its holder is asked to pay."""
    permit = permit or make_permit()
    start = permit.valid_before
    charge = make_charge(permit.holder, kind="rollover", amount="77.00")
    defaults = {"starts_on": start, "ends_before": start + timedelta(days=30), "lapses_at": start_of_day(start)}
    return PermitTerm.objects.create(permit=permit, charge=charge, **defaults | fields)


def make_locker(site: LockerSite | None = None, **fields: Any) -> Locker:
    """A good locker at a site of $40."""
    n = next(_count)
    site = site or LockerSite.objects.create(name=f"Building {n}", price=Decimal("40.00"))
    return Locker.objects.create(site=site, **{"number": f"{n}"} | fields)


def make_locker_window(*, at: datetime | None = None, **fields: Any) -> LockerWindow:
    """A term of 100 days from today, on sale."""
    at = at or timezone.now()
    defaults = {
        "name": f"Term {next(_count)}",
        "sale_starts": at - timedelta(days=1),
        "sale_ends": at + timedelta(days=50),
        "valid_from": today(at),
        "valid_before": today(at) + timedelta(days=100),
    }
    return LockerWindow.objects.create(**defaults | fields)


def make_locker_term(user: User | None = None, **fields: Any) -> LockerTerm:
    """A locker that the office gave for 30 days from today."""
    defaults: dict[str, Any] = {"starts_on": today(), "ends_before": today() + timedelta(days=30)}
    locker = fields.pop("locker", None) or make_locker()
    return LockerTerm.objects.create(user=user or make_user(), locker=locker, **defaults | fields)


def hold_locker(user: User | None = None, locker: Locker | None = None, **kwargs: Any) -> LockerTerm:
    """A held locker with what is owed for it, made through the service."""
    window = kwargs.pop("window", None) or make_locker_window(at=kwargs.get("at"))
    return reserve_locker(user or make_user(), locker=locker or make_locker(), window=window, **kwargs)


def make_ban(user: User, **fields: Any) -> PermitBan:
    """The person gets no permits any more."""
    return PermitBan.objects.create(**{"user": user, "by": make_user(), "reason": "Forged permit"} | fields)


def make_waitlist(window: SalesWindow | None = None, **fields: Any) -> Waitlist:
    """A waitlist for that window's permit type; anybody may join, full or not."""
    n = next(_count)
    window = window or make_window()
    waitlist = Waitlist.objects.create(**{"name": f"List {n}", "only_when_full": False} | fields)
    waitlist.permit_types.add(window.permit_type)
    return waitlist


def make_entry(waitlist: Waitlist, user: User | None = None, **fields: Any) -> WaitlistEntry:
    """Somebody with a vehicle at the end of that list."""
    user = user or make_user()
    if not user.vehicle_links.exists():
        make_vehicle(user)
    return WaitlistEntry.objects.create(waitlist=waitlist, user=user, **fields)


def make_offer(
    window: SalesWindow | None = None, user: User | None = None, *, at: datetime | None = None, **fields: Any
) -> WaitlistOffer:
    """The place of a lot with one, offered to the only one who waits; its e-mail left at once."""
    at = at or timezone.now()
    window = window or make_window(make_lot(spaces=1))
    waitlist = window.permit_type.waitlists.first() or make_waitlist(window, **fields)
    entry = make_entry(waitlist, user, joined_at=at, turn=at)
    offer_places(waitlist, most=1, at=at)  # unless a worker of the running portal was faster
    WaitlistOffer.objects.filter(entry=entry).update(mailed_at=at)
    return WaitlistOffer.objects.get(entry=entry)


def make_charge(payer: User | None = None, *, kind: str = "violation", amount: str = "50.00", **fields: Any) -> Charge:
    """A bare charge; for one with a thing behind it, make the thing."""
    return create_charge(kind, amount=Decimal(amount), description="Ticket", payer=payer, **fields)


def make_tax(name: str = "GST", rate: str = "5", **fields: Any) -> Tax:
    """A tax on permits that comes on top."""
    defaults: dict[str, Any] = {"rate": Decimal(rate), "kinds": ["permit"], "registration": "81234 5678 RT0001"}
    return Tax.objects.create(**{f"name_{language}": name for language in ("en", "fr", "es")} | defaults | fields)


def make_offence(**fields: Any) -> Offence:
    """An offence of $50, $30 within 7 days."""
    n = next(_count)
    category, _new = OffenceCategory.objects.get_or_create(name="Permits")
    defaults: dict[str, Any] = {
        "category": category,
        "code": f"O{n}",
        "description": "No Valid Permit Displayed",
        "amount": Decimal("50.00"),
        "reduced_amount": Decimal("30.00"),
        "reduced_days": 7,
    }
    return Offence.objects.create(**defaults | fields)


def make_violation(vehicle: Vehicle | None = None, **fields: Any) -> Violation:
    """A ticket that is owed, written now, made through the service."""
    offence = fields.pop("offence", None) or make_offence()
    by, warning = fields.pop("by", None), fields.pop("warning", False)
    plate = (
        {"plate": vehicle.plate, "plate_region": vehicle.region, "plate_type": vehicle.plate_type}
        if vehicle
        else {"plate": "BVLP902", "plate_region": "CA-ON"}
    )
    defaults: dict[str, Any] = {
        "offence": offence,
        "amount": offence.amount,
        "issued_at": timezone.now(),
        "location": "Lot P30",
        **plate,
    }
    return issue_violation(Violation(**defaults | fields), by=by, warning=warning)


def make_appeal(user: User | None = None, violation: Violation | None = None, **fields: Any) -> Appeal:
    """A draft for a ticket that the person owes, or of a guest."""
    violation = violation or make_violation(make_vehicle(user))
    appeal = begin_appeal(violation, user=user, language="en", at=fields.pop("at", None))
    return save_draft(appeal, reason=fields.pop("reason", "The slip fell off the dash."), **fields)


def make_checkout(charges: Sequence[Charge | None], user: User | None = None, **kwargs: Any) -> Checkout:
    """A checkout of these charges."""
    return start_checkout([charge for charge in charges if charge], user=user, language="en", **kwargs)


def make_payment(checkout: Checkout, **fields: Any) -> Payment:
    """A card attempt at the sandbox's page."""
    n = next(_count)
    defaults = {
        "method_id": "card",
        "provider": "sandbox",
        "amount": checkout.total,
        "state": Payment.State.REDIRECTED,
        "provider_ref": f"sbx_{n}",
    }
    return Payment.objects.create(checkout=checkout, **defaults | fields)


def make_sandbox_setup(**fields: Any) -> SandboxSetup:
    """A page of the sandbox on which a card can be stored."""
    reference = f"sbp_{random_code(12)}"
    defaults = {
        "reference": reference,
        "our_ref": random_code(20),
        "customer_ref": f"sbu_{random_code(12)}",
        "success_url": "/",
        "cancel_url": "/",
        "expires_at": timezone.now() + timedelta(hours=1),
    }
    return SandboxSetup.objects.create(**defaults | fields)


def make_card_page(reference: str, **fields: Any) -> CardPage:
    """Moneris' card form for that reference: $30, open for a quarter of an hour."""
    back = f"{settings.BASE_URL}/payments/return/{reference}/"
    defaults = {
        "provider": "moneris",
        "provider_ref": f"ticket-{reference}",
        "url": f"{settings.BASE_URL}/payments/card/{reference}/",
        "amount": Decimal("30.00"),
        "currency": "CAD",
        "success_url": back,
        "cancel_url": f"{back}?cancelled=1",
        "expires_at": timezone.now() + timedelta(minutes=15),
    }
    return CardPage.objects.create(reference=reference, **defaults | fields)


def make_stored_card(user: User, **fields: Any) -> StoredCard:
    """A Visa that the sandbox keeps, good for years."""
    n = next(_count)
    defaults = {
        "provider": "sandbox",
        "customer_ref": f"sbu_{user.pk}",
        "token": f"sbt_{n}",
        "brand": "Visa",
        "last4": f"{4000 + n % 1000}",
        "exp_month": 12,
        "exp_year": today().year + 3,
    }
    return StoredCard.objects.create(user=user, **defaults | fields)


def make_card_setup(user: User, **fields: Any) -> CardSetup:
    """An attempt to store a card, at the sandbox's page."""
    n = next(_count)
    defaults = {
        "provider": "sandbox",
        "provider_ref": f"sbp_{n}",
        "purpose": "subscription",
        "expires_at": timezone.now() + timedelta(minutes=31),
    }
    return CardSetup.objects.create(user=user, **defaults | fields)


def make_arrangement(user: User, **fields: Any) -> OfficeArrangement:
    """Payroll deduction, set up by the office."""
    return OfficeArrangement.objects.create(user=user, **{"method_id": "payroll"} | fields)


def change_office(**fields: Any) -> None:
    """Change system settings for this test, at once."""
    row = office()
    for name, value in fields.items():
        setattr(row, name, value)
    save_settings(row)
    cache.delete(CACHE_KEY)  # a test's transaction never commits, so the new row would not reach the shared cache


def make_boot(code: str = "4711", **fields: Any) -> Boot:
    """A boot in stock with its release code."""
    return Boot.objects.create(**{"number": f"B-{next(_count)}", "sealed": seal(code)} | fields)


def fit(violation: Violation | None = None, boot: Boot | None = None, **kwargs: Any) -> BootAssignment:
    """A boot on the vehicle of a ticket whose offence allows it, made through the service."""
    violation = violation or make_violation()
    Offence.objects.filter(pk=violation.offence_id).update(boot_eligible=True)
    by = kwargs.pop("by", None) or make_user(is_staff=True)
    return fit_boot(violation, boot=boot or make_boot(), by=by, **kwargs)


def make_text(number: str = "+15195550123", **fields: Any) -> TextMessage:
    """A text to that number that was sent, of one segment."""
    defaults = {"direction": "out", "kind": "reply", "state": "sent", "body": "Hello", "price": Decimal("0.0100")}
    return TextMessage.objects.create(number=number, **defaults | fields)


def owe_fees(user: User, *amounts: str) -> list[Charge]:
    """Fees that this person owes; by default two of $60, while the office lets people pay in instalments."""
    change_office(payment_plans=True)
    return [make_charge(user, kind="fee", amount=amount) for amount in amounts or ("60.00", "60.00")]


def make_plan(user: User | None = None, *, count: int = 3, at: datetime | None = None, **kwargs: Any) -> PaymentPlan:
    """A plan that stands, for two fees of $60 or for what the person owes, made through the service."""
    user, at = user or make_user(), at or timezone.now()
    if not Charge.objects.for_user(user).exists():
        owe_fees(user)
    shown = rehearse(user, count=count, at=at).total
    return agree_plan(user, count=count, shown=shown, by=user, at=at, **kwargs)
