"""An office with people, made of factories and bulk rows; sessions are made beforehand."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_email.models import EmailDevice

from accounts.models import User
from payments.models import Payment
from payments.models.payment import ReceivedAs
from payments.services.promises import process_manually, promise_payment
from permits.models import Lot, SalesWindow
from tests import factories
from vehicles.models import Vehicle, VehicleOwner
from violations.models import Violation

LOTS = 6


def seed_office() -> list[SalesWindow]:
    """Lots that sell a permit now."""
    return [factories.make_window(factories.make_lot(spaces=400), name=f"Term {n}") for n in range(LOTS)]


def seed_resident(windows: list[SalesWindow]) -> User:
    """Somebody with two vehicles, two permits, two open tickets and two receipts."""
    user = factories.make_user(first_name="Ada", last_name="Reyes", permit_disclaimer_at=timezone.now())
    vehicle, _second = factories.make_vehicle(user), factories.make_vehicle(user)
    for window in windows[:2]:
        pay(factories.make_permit(user, window).charge.pk, user)
    for _ in range(2):
        factories.make_violation(vehicle)
    return user


def seed_ticket() -> Violation:
    """A ticket that a guest has to pay."""
    return factories.make_violation(factories.make_vehicle())


def seed_staff() -> User:
    """A manager."""
    return factories.make_user(first_name="Sam", last_name="Ito", is_staff=True, is_superuser=True)


def pay(charge_pk: int, user: User) -> Payment:
    """Pay one charge at the office's counter."""
    from payments.models import Charge

    checkout = factories.make_checkout([Charge.objects.get(pk=charge_pk)], user)
    payment = promise_payment(checkout, email=user.email)
    return process_manually(payment, received=Decimal(checkout.total), received_as=ReceivedAs.CASH, by=user)


def seed_buyers(count: int, prefix: str) -> list[tuple[User, str]]:
    """People with one vehicle each, in bulk. Answers them with the code of their vehicle."""
    now = timezone.now()
    people = [
        User(
            email=f"{prefix}{n}@example.test",
            first_name="Kim",
            last_name=f"{prefix.title()}{n}",
            profile_complete=True,
            permit_disclaimer_at=now,
            password="!",
        )
        for n in range(count)
    ]
    people = User.objects.bulk_create(people)
    vehicles = Vehicle.objects.bulk_create(
        Vehicle(plate=f"{prefix[:3].upper()}{n}", make="Honda", colour="Grey") for n in range(count)
    )
    links = VehicleOwner.objects.bulk_create(
        VehicleOwner(user=user, vehicle=vehicle, primary=True) for user, vehicle in zip(people, vehicles, strict=True)
    )
    return [(user, link.code) for user, link in zip(people, links, strict=True)]


def sessions_of(people: list[User]) -> list[str]:
    """Keys of new sessions, in bulk; staff with their second factor entered."""
    store = SessionStore()
    rows = [
        Session(
            session_key=get_random_string(32),
            session_data=store.encode(_content(user)),
            expire_date=timezone.now() + timedelta(days=1),
        )
        for user in people
    ]
    Session.objects.bulk_create(rows)
    return [row.session_key for row in rows]


def guest_session(number: str) -> str:
    """A guest's, who has shown the PIN of that ticket."""
    session = SessionStore()
    session["opened_tickets"] = [number]
    session.save()
    return session.session_key or ""


def hide_lots(lots: list[Lot]) -> None:
    """Take a measurement's lots from the Permits page, so that the next one finds the office as it was."""
    Lot.objects.filter(pk__in=[lot.pk for lot in lots]).update(visibility=Lot.Visibility.HIDDEN)


def _content(user: User) -> dict[str, str]:
    content = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    if user.is_staff:
        device, _new = EmailDevice.objects.get_or_create(user=user, defaults={"name": "e-mail", "confirmed": True})
        content[DEVICE_ID_SESSION_KEY] = device.persistent_id
    return content
