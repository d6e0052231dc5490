"""The people of the demo office, their addresses and their vehicles."""

import unicodedata
from datetime import timedelta
from random import Random
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import AccountEvent, User
from opscom.management.demo.catalogue import draw, draw_weight, office_facts, people_facts
from opscom.management.demo.world import World
from vehicles.models import PlateType, Vehicle, VehicleOwner

PASSWORD = "try-the-portal"  # noqa: S105 (printed by the command; only the demo's logins have it)
LANGUAGES = {"en": 78, "fr": 15, "es": 7}
VEHICLES = {"0": 8, "1": 62, "2": 26, "3": 4}
ISSUER = "https://login.example.edu"
LEAST_PEOPLE = 48  # so many it takes to fill the small lots
RESERVED = ("CKRT418", "BVLP902", "K42RTZ", "CNWM655", "CXHD207", "BWKT204", "CZNR871")  # of the demo's stories
CONSONANTS = "BCDFGHJKLMNPRSTVWXYZ"


def make_people(world: World) -> None:
    """Everybody with an account. Only the demo's logins have a password that works."""
    people = [_person(world, n) for n in range(max(LEAST_PEOPLE, world.scaled(300)))]
    world.people = User.objects.bulk_create(people)
    _link_to_single_sign_on(world)
    for facts in people_facts()["logins"]:
        world.logins[facts["email"]] = _login(world, facts)
    for user in world.logins.values():
        _addresses([user], verified=True)
    _addresses([user for user in world.people if user.profile_complete], verified=True)
    _addresses([user for user in world.people if not user.profile_complete], verified=False)


def _link_to_single_sign_on(world: World) -> None:
    """Some of the organisation's people come by its login: linked on their first day, last here a few hours ago."""
    people = [user for user in world.people if user.login_source == User.LoginSource.SSO]
    verbs = AccountEvent.Verb
    SocialAccount.objects.bulk_create(
        SocialAccount(user=user, provider=ISSUER, uid=user.email.partition("@")[0]) for user in people
    )
    AccountEvent.objects.bulk_create(
        AccountEvent(user=user, by=user, verb=verb, detail=detail, at=at)
        for n, user in enumerate(people)
        for verb, detail, at in (
            (verbs.SSO_LINKED, ISSUER, user.date_joined),
            (verbs.SSO_LOGIN, "", user.date_joined),
            (verbs.SSO_LOGIN, "", world.now - timedelta(hours=3 + n % 200)),
        )
    )


def _addresses(users: list[User], *, verified: bool) -> None:
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=verified, primary=True) for user in users
    )


def _person(world: World, n: int) -> User:
    rng, names = world.rng, people_facts()["names"]
    first, last = rng.choice(names["first"]), rng.choice(names["last"])
    kind = draw(rng, {facts["code"]: facts["share"] for facts in office_facts()["user_types"]})
    host = "example.edu" if kind in {"student", "staff"} else "example.test"
    complete = n % 40 != 39  # the others have not followed the link in their mail yet
    joined = world.now - timedelta(
        days=rng.randrange(550, 900) if complete else rng.randrange(1, 20), minutes=rng.randrange(1440)
    )
    return User(
        email=f"{_plain(first)}.{_plain(last)}{n + 1}@{host}",
        password=make_password(None),
        first_name=first,
        last_name=last,
        phone=f"+1{rng.choice(names['area_codes'])}55501{rng.randrange(100):02d}" if complete else "",
        organisation_number=str(rng.randrange(1_000_000, 1_300_000)) if host == "example.edu" else "",
        user_type=world.types[kind],
        language=draw(rng, LANGUAGES),
        profile_complete=complete,
        permit_disclaimer_at=joined if complete else None,
        is_active=n % 75 != 74,
        login_source=User.LoginSource.SSO if complete and host == "example.edu" and n % 6 == 1 else "portal",
        date_joined=joined,
    )


def _login(world: World, facts: dict[str, Any]) -> User:
    complete = facts.get("profile_complete", True)
    office = "group" in facts or "superuser" in facts
    joined = world.now - timedelta(days=600 if complete else 0, hours=2)
    n = len(world.logins)
    user = User.objects.create(
        email=facts["email"],
        password=next(iter(world.logins.values())).password if world.logins else make_password(PASSWORD),
        first_name=facts["first_name"],
        last_name=facts["last_name"],
        phone=f"+15195550{150 + n}" if complete else "",
        user_type=world.types[facts.get("user_type", "staff")],
        language=facts.get("language", "en"),
        profile_complete=complete,
        permit_disclaimer_at=joined if complete and not office else None,
        is_staff=office,
        is_superuser="superuser" in facts,
        date_joined=joined,
    )
    if "group" in facts:
        user.groups.add(Group.objects.get(name=facts["group"]))
    return user


def make_vehicles(world: World) -> None:
    """One to three vehicles for most people; some are shared, some no longer in use."""
    rng, links, plates = world.rng, [], set(RESERVED)
    drivers = [user for user in world.people if user.profile_complete]
    for user in drivers:
        for n in range(int(draw(rng, VEHICLES))):
            vehicle = _vehicle(world, plates, motorcycle=n > 0 and rng.random() < 0.3)
            links.append((user, vehicle, True, n == 0 or rng.random() < 0.75))
    for user, vehicle, _primary, active in list(links):
        if active and rng.random() < 0.06:
            other = rng.choice(drivers)
            if other != user:
                links.append((other, vehicle, False, True))
    Vehicle.objects.bulk_create({id(vehicle): vehicle for _user, vehicle, _primary, _active in links}.values())
    VehicleOwner.objects.bulk_create(
        VehicleOwner(user=user, vehicle=vehicle, primary=primary, active=active, disclaimer_at=user.date_joined)
        for user, vehicle, primary, active in links
    )
    for user, vehicle, _primary, active in links:
        if active:
            world.vehicles.setdefault(user.pk, []).append(vehicle)


def give_vehicle(world: World, user: User, *, primary: bool = True, active: bool = True, **fields: Any) -> Vehicle:
    """A vehicle of a demo login; one that exists already becomes shared."""
    vehicle, _new = Vehicle.objects.get_or_create(
        plate=fields.pop("plate"), region=fields.pop("region", "CA-ON"), defaults=fields
    )
    VehicleOwner.objects.create(
        user=user, vehicle=vehicle, primary=primary, active=active, disclaimer_at=user.date_joined
    )
    if active:
        world.vehicles.setdefault(user.pk, []).append(vehicle)
    return vehicle


def _vehicle(world: World, plates: set[str], *, motorcycle: bool) -> Vehicle:
    rng = world.rng
    region = draw_weight(rng, "region")
    make = rng.choice(["Honda", "Yamaha", "Kawasaki"]) if motorcycle else draw_weight(rng, "make")
    return Vehicle(
        plate=new_plate(rng, region, plates),
        region=region,
        plate_type=PlateType.MOTORCYCLE if motorcycle else PlateType.PASSENGER,
        year=world.today.year - int(draw_weight(rng, "age")),
        make=make,
        colour=draw_weight(rng, "colour"),
    )


def new_plate(rng: Random, region: str, taken: set[str]) -> str:
    """A plate of the region's shape that nobody has yet. Without vowels, so that none spells a word."""
    while True:
        plate = "".join(
            rng.choice("0123456789" if sign == "9" else CONSONANTS) for sign in people_facts()["plates"][region]
        )
        if plate not in taken:
            taken.add(plate)
            return plate


def _plain(name: str) -> str:
    """The name in plain lower-case letters, as addresses have it."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
