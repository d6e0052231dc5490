"""A company that looks after its own people: two managers, some who owe, one who wants nobody in the account."""

from datetime import timedelta

from accounts.models import ActAsSession, Company, CompanyMembership, User
from accounts.services.acting import end_acting, revoke_consent, start_acting
from opscom.management.demo.world import World
from payments.models import Charge

DEBTORS, OTHERS = 5, 4


def make_company(world: World) -> None:
    """Its managers and a member whose account one of them entered the day before yesterday. The printed login is Dana's."""
    company = Company.objects.create(
        name="Northfield Labs",
        code="northfield-labs",
        billing_address="Accounts payable\n4 Fern Road\nGuelph ON N1G 4Y2",
    )
    manager, member = world.login("company"), world.login("employee")
    second = next(user for user in world.people if user.profile_complete and user.is_active)
    for user, role in ((manager, "manager"), (second, "manager"), (member, "member")):
        _join(company, user, role=role, billing_contact=user == second)
    at = world.ago(2, 10, 5)
    world.then(at, lambda: _act(manager, member, company, world))


def fill_company(world: World) -> None:
    """People who owe, and some who do not; one of them has withdrawn the consent."""
    company = Company.objects.get(code="northfield-labs")
    owing = set(Charge.objects.open().values_list("payer", flat=True))
    free = [user for user in world.people if user.profile_complete and user.is_active][1:]
    cast = {user.pk for user in world.cast}
    debtors = [user for user in free if user.pk in owing and user.pk not in cast][:DEBTORS]
    others = [user for user in free if user.pk not in owing][:OTHERS]
    for user in (*debtors, *others):
        _join(company, user)
    if others:
        revoke_consent(others[-1], at=world.ago(9, 18, 22))


def _join(company: Company, user: User, *, role: str = "member", billing_contact: bool = False) -> None:
    CompanyMembership.objects.create(
        company=company,
        user=user,
        role=role,
        billing_contact=billing_contact,
        consent_given_at=user.date_joined,
    )


def _act(manager: User, member: User, company: Company, world: World) -> None:
    at = world.ago(2, 10, 5)
    session = start_acting(member, by=manager, company=company, at=at)
    end_acting(session, how=ActAsSession.Ended.BACK, at=at + timedelta(minutes=12))
