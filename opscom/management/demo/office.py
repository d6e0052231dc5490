"""What the office configures: its settings, user types, profile questions, offences and lockers."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import ProfilePolicy, UserType
from lockers.models import Locker, LockerSite, LockerTerm, LockerWindow
from opscom.lib.dates import start_of_day
from opscom.lib.office import save_settings
from opscom.management.demo.catalogue import office_facts
from opscom.management.demo.world import World
from opscom.models import SystemSettings
from violations.models import Offence, OffenceCategory

REDUCED_DAYS, DUE_DAYS = 10, 30


def make_settings() -> SystemSettings:
    """The settings row, with the disclaimers in every language."""
    return save_settings(SystemSettings(**office_facts()["settings"]))


def make_user_types(world: World) -> None:
    """User types and the profile questions of each."""
    for position, facts in enumerate(office_facts()["user_types"]):
        fields = {name: text for name, text in facts.items() if name != "share"}
        world.types[facts["code"]] = UserType.objects.create(position=position, **fields)
    for facts in office_facts()["policies"]:
        ProfilePolicy.objects.create(**facts | {"user_type": world.types.get(facts.get("user_type", ""))})


def make_offences(world: World) -> None:
    """The table of fines."""
    for facts in office_facts()["offences"]:
        category, _new = OffenceCategory.objects.get_or_create(name=facts["category"])
        reduced = facts.get("reduced")
        world.offences[facts["code"]] = Offence.objects.create(
            category=category,
            code=facts["code"],
            description_en=facts["en"],
            description_fr=facts["fr"],
            description_es=facts["es"],
            **{name: facts[name] for name in ("rule_en", "rule_fr", "rule_es")},
            amount=Decimal(facts["amount"]),
            reduced_amount=Decimal(reduced) if reduced else None,
            reduced_days=REDUCED_DAYS if reduced else 0,
            due_days=DUE_DAYS,
        )


def make_lockers(world: World) -> None:
    """Two buildings with their areas; some lockers are given out for this semester, one was before, some are out of order;
    and two terms are on sale, the later one to holders first."""
    facts = office_facts()["lockers"]
    lockers = [locker for building in facts["buildings"] for locker in _make_building(building)]
    for locker in lockers[5 :: len(lockers) // facts["broken"]]:
        locker.condition = Locker.Condition.BROKEN
        locker.save(update_fields=["condition"])
    good = [locker for locker in lockers if locker.condition == Locker.Condition.GOOD]
    given = world.rng.sample(good, max(1, min(world.scaled(facts["given"]), len(world.people))))
    people = [world.login("resident.fr"), *world.rng.sample(world.people, len(given) - 1)]
    start, end = world.today - timedelta(days=50), world.today + timedelta(days=70)
    terms = [
        LockerTerm(locker=locker, user=user, starts_on=start, ends_before=end, given_at=start_of_day(start))
        for locker, user in zip(given, people, strict=True)
    ]
    LockerTerm.objects.bulk_create(terms)
    before = start - timedelta(days=150)
    past = LockerTerm(
        locker=given[0],
        user=people[-1],
        starts_on=before,
        ends_before=start,
        given_at=start_of_day(before),
        state=LockerTerm.State.ENDED,
    )
    past.save()
    _sell(world, facts, end)


def _make_building(facts: dict[str, Any]) -> list[Locker]:
    """One building: its price and size hold in every area."""
    building = LockerSite.objects.create(name=facts["name"], price=Decimal(facts["price"]), size=facts["size"])
    lockers, first = [], 1
    for name, count in facts["areas"].items():
        site = LockerSite.objects.create(name=name, parent=building)
        numbers = range(first, first + count)
        lockers += Locker.objects.bulk_create(Locker(site=site, number=f"{n:03d}") for n in numbers)
        first += count
    return lockers


def _sell(world: World, facts: dict[str, Any], end: date) -> None:
    """This term for everybody; the next one for holders until its general sale."""
    length = timedelta(days=120)
    for names, first, opens in ((facts["term"], end - length, -60), (facts["next_term"], end, 20)):
        LockerWindow.objects.create(
            **{f"name_{language}": name for language, name in names.items()},
            renewal_starts=world.now - length,
            sale_starts=world.now + timedelta(days=opens),
            sale_ends=start_of_day(first + length),
            valid_from=first,
            valid_before=first + length,
        )
