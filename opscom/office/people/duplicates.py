"""What two accounts of one person both have: the keeper's row stays, the duplicate's goes."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import AccountUpload, Address, CompanyMembership, EmailOptOut, MailingPerson, User
from forms_module.models import Submission
from payments.models import CardSetup, OfficeArrangement, PaymentPlan, StoredCard
from permits.models import HouseholdMember, Permit, VisitorPlate, WaitlistEntry
from vehicles.models import VehicleOwner
from violations.models import Appeal, Association


def same_vehicles(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Links to vehicles that the keeper drives, too."""
    return rows.filter(vehicle__in=VehicleOwner.objects.filter(user=keeper).values("vehicle"))


def same_visitors(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Visitors whom the keeper knows, too."""
    return rows.filter(vehicle__in=VisitorPlate.objects.filter(user=keeper).values("vehicle"))


def same_addresses(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Addresses of a kind of which the keeper has one."""
    return rows.filter(kind__in=Address.objects.filter(user=keeper).values("kind"))


def same_categories(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """E-mails that the keeper does not want either."""
    return rows.filter(category__in=EmailOptOut.objects.filter(user=keeper).values("category"))


def same_mailings(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """E-mails to many that the keeper got, too."""
    return rows.filter(mailing__in=MailingPerson.objects.filter(user=keeper).values("mailing"))


def same_documents(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Documents that the keeper has handed in, too: one person has the same file once."""
    return rows.filter(digest__in=AccountUpload.objects.filter(user=keeper).values("digest"))


def same_company(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """The place in a company, where the keeper has one: people of two companies are not merged, so it is the same."""
    return rows if CompanyMembership.objects.filter(user=keeper).exists() else rows.none()


def acted_by_keeper(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Where the keeper acted for the duplicate: nobody acts for themselves."""
    return rows.filter(actor=keeper)


def same_setups(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Card pages that are open while the keeper has one open, too."""
    is_open = {"state": CardSetup.State.OPEN}
    return rows.filter(purpose__in=CardSetup.objects.filter(user=keeper, **is_open).values("purpose"), **is_open)


def same_arrangements(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Office arrangements that the keeper has, too."""
    return rows.filter(
        active=True, method__in=OfficeArrangement.objects.filter(user=keeper, active=True).values("method")
    )


def same_offers(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Offered payment plans where the keeper was offered one, too."""
    offered = {"state": PaymentPlan.State.OFFERED}
    return rows.filter(**offered) if PaymentPlan.objects.filter(user=keeper, **offered).exists() else rows.none()


def same_waitlists(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Places in queues in which the keeper stands, too."""
    queues = WaitlistEntry.objects.for_user(keeper).in_queue().values("waitlist")
    return rows.filter(state__in=WaitlistEntry.IN_QUEUE, waitlist__in=queues)


def same_household(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """The place in a household, where the keeper has one: nobody is in two."""
    return rows if HouseholdMember.objects.filter(user=keeper).exists() else rows.none()


def same_plates(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Permits for a plate for which the keeper has one at the same time (RULES 17)."""
    kept = Permit.objects.filter(
        holder=keeper,
        state__in=Permit.UNRELEASED,
        plates__vehicle=OuterRef("plates__vehicle"),
        plates__courtesy=False,
        plates__until_at=None,
        valid_from__lt=OuterRef("valid_before"),
        valid_before__gt=OuterRef("valid_from"),
    )
    return rows.filter(
        pk__in=Permit.objects.filter(
            Exists(kept),
            pk__in=rows.values("pk"),
            state__in=Permit.UNRELEASED,
            plates__courtesy=False,
            plates__until_at=None,
        ).values("pk")
    )


def same_drafts(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Appeals that are not handed in, of tickets for which the keeper has begun one, too."""
    begun = Appeal.objects.filter(user=keeper, state=Appeal.State.DRAFT)
    return rows.filter(state=Appeal.State.DRAFT, violation__in=begun.values("violation"))


def same_forms(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Drafts of forms of which the keeper has a draft, and forms that are one per person, which the keeper has submitted."""
    kept = Submission.objects.filter(user=keeper, form=OuterRef("form"))
    taken = kept.filter(once=True, state__in=Submission.COUNTED)
    drafts = Q(Exists(kept.filter(state=Submission.State.DRAFT)), state=Submission.State.DRAFT)
    return rows.filter(drafts | Q(Exists(taken), once=True, state__in=Submission.COUNTED))


def same_associations(rows: QuerySet[Any], keeper: User) -> QuerySet[Any]:
    """Tickets of others' vehicles with which the keeper is associated, too."""
    return rows.filter(violation__in=Association.objects.filter(user=keeper).values("violation"))


def join_cards(keeper: User, duplicate: User) -> None:
    """Before the duplicate's cards move: a person has one primary card, and the keeper's stays it."""
    if StoredCard.objects.filter(user=keeper, primary=True).exists():
        StoredCard.objects.filter(user=duplicate, primary=True).update(primary=False)


def join_vehicles(keeper: User, duplicate: User) -> None:
    """Before the duplicate's links to shared vehicles go: what was active or primary stays so."""
    links = VehicleOwner.objects.filter(user=duplicate)
    for link in same_vehicles(links, keeper):
        own = VehicleOwner.objects.get(user=keeper, vehicle=link.vehicle_id)
        own.active, own.primary = own.active or link.active, own.primary or link.primary
        own.disclaimer_at = min(own.disclaimer_at, link.disclaimer_at)
        link.delete()  # first: a vehicle has one primary driver
        own.save(update_fields=["active", "primary", "disclaimer_at"])
