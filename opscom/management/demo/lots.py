"""Lots, what they sell, and when."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from opscom.lib.dates import start_of_day
from opscom.management.demo.catalogue import office_facts
from opscom.management.demo.world import World
from permits.models import HouseholdStep, Lot, LotBlock, LotGroup, PermitType, SalesWindow, WindowPrice
from permits.services.numbers import add_numbers, number_range

MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "fr": [
        "Janvier",
        "Février",
        "Mars",
        "Avril",
        "Mai",
        "Juin",
        "Juillet",
        "Août",
        "Septembre",
        "Octobre",
        "Novembre",
        "Décembre",
    ],
    "es": [
        "Enero",
        "Febrero",
        "Marzo",
        "Abril",
        "Mayo",
        "Junio",
        "Julio",
        "Agosto",
        "Septiembre",
        "Octubre",
        "Noviembre",
        "Diciembre",
    ],
}
TERMS = {1: ("Winter", "Hiver", "Invierno"), 5: ("Summer", "Été", "Verano"), 9: ("Fall", "Automne", "Otoño")}
PRICES = ("hourly", "daily", "weekly")
LEAD = timedelta(days=35)  # how long before its first day a month, semester or year goes on sale


@dataclass(frozen=True)
class Span:
    """What one window sells: days from `start` until before `end`, with its names."""

    period: str
    start: date
    end: date
    names: dict[str, str]


def make_lots(world: World) -> None:
    """Every lot with its windows and prices, and the spaces that the office keeps."""
    for position, facts in enumerate(office_facts()["lots"]):
        lot = _make_lot(world, position, facts)
        permit_type = _make_type(lot, facts)
        for span in _spans(world.today, facts):
            _make_window(world, permit_type, span, facts)
    for facts in office_facts()["temporary"]:
        PermitType.objects.create(lot=world.lots[facts["lot"]], kind=PermitType.Kind.TEMPORARY, **_temporary(facts))
    _group_lots(world)
    for block in office_facts()["blocks"]:
        starts, ends = (start_of_day(world.today + timedelta(days=block[key])) for key in ("from", "until"))
        LotBlock.objects.create(
            lot=world.lots[block["lot"]],
            spaces=block["spaces"],
            starts_at=starts,
            ends_at=ends,
            reason=block["reason"],
            **{name: text for name, text in block.items() if name.startswith("public_text_")},
        )


def _temporary(facts: dict[str, Any]) -> dict[str, Any]:
    """Columns of a temporary permit type, its prices as amounts."""
    return {name: Decimal(value) if name in PRICES else value for name, value in facts.items() if name != "lot"}


def _group_lots(world: World) -> None:
    for position, facts in enumerate(office_facts()["lot_groups"]):
        names = {name: text for name, text in facts.items() if name.startswith("name_")}
        group = LotGroup.objects.create(position=position, **names)
        group.lots.set(world.lots[code] for code in facts["lots"])


def shrink_oversold(world: World) -> None:
    """The office takes spaces away that are sold already: allowed, and shown (RULES 16)."""
    for facts in office_facts()["lots"]:
        if facts.get("special") == "oversold":
            lot = world.lots[facts["code"]]
            lot.spaces = facts["left"]
            lot.save(update_fields=["spaces"])


def _make_lot(world: World, position: int, facts: dict[str, Any]) -> Lot:
    texts = {name: text for name, text in facts.items() if name.startswith(("name_", "description_"))}
    kinds = {name: n for name, n in facts.items() if name.endswith("_spaces")}
    lot = Lot.objects.create(
        code=facts["code"],
        zone=facts.get("zone", ""),
        spaces=facts["spaces"],
        position=position,
        visibility=facts.get("visibility", "visible"),
        **kinds,
        **texts,
    )
    lot.user_types.set(world.types[code] for code in facts.get("user_types", []))
    world.lots[lot.code] = lot
    return lot


def _make_type(lot: Lot, facts: dict[str, Any]) -> PermitType:
    permit_type = PermitType.objects.create(
        lot=lot,
        prefix=facts["prefix"],
        first_number=facts.get("first_number", 1001),
        name_en=f"{facts['name_en']} permit",
        name_fr=f"Permis {facts['name_fr']}",
        name_es=f"Permiso {facts['name_es']}",
        numbered="stock" in facts,
        household_counts="lot" if "second_of_household" in facts else "",
    )
    if percent := facts.get("second_of_household"):
        HouseholdStep.objects.create(permit_type=permit_type, step=2, percent=Decimal(percent))
    if stock := facts.get("stock"):
        first, prefix = permit_type.first_number, f"{permit_type.prefix}-"
        add_numbers(permit_type, number_range(prefix=prefix, first=first, last=first + stock["numbers"] - 1))
        permit_type.numbers.filter(number=stock["lost"]).update(condition="lost", note=stock["note"])
    return permit_type


def _make_window(world: World, permit_type: PermitType, span: Span, facts: dict[str, Any]) -> None:
    starts, ends = start_of_day(span.start - LEAD), start_of_day(span.end)
    special = facts.get("special")
    if special == "upcoming":
        starts = start_of_day(world.today + timedelta(days=14)) + timedelta(hours=8)
        ends = max(ends, starts + timedelta(days=30))
    if special == "closed":
        starts, ends = start_of_day(world.today - timedelta(days=50)), start_of_day(world.today - timedelta(days=7))
    names = {f"name_{language}": name for language, name in span.names.items()}
    window = SalesWindow.objects.create(
        permit_type=permit_type,
        period=span.period,
        sale_starts=starts,
        sale_ends=ends,
        valid_from=span.start,
        valid_before=span.end,
        **names,
    )
    WindowPrice.objects.create(window=window, from_day=starts.date(), amount=Decimal(facts["prices"][span.period]))
    if span.period == "year" and "later_price" in facts:
        WindowPrice.objects.create(
            window=window, from_day=world.today + timedelta(days=20), amount=Decimal(facts["later_price"])
        )


def _spans(day: date, facts: dict[str, Any]) -> list[Span]:
    """Months from two ago to the next one, this semester (the next one where its sale is still to come), this year."""
    spans = []
    if "month" in facts["prices"]:
        spans += [_month(_add_months(day.replace(day=1), n)) for n in (-2, -1, 0, 1)]
    if "semester" in facts["prices"]:
        first = day.replace(day=1, month=(day.month - 1) // 4 * 4 + 1)
        spans.append(_semester(_add_months(first, 4) if facts.get("special") == "upcoming" else first))
    if "year" in facts["prices"]:
        first = date(day.year if day.month >= 5 else day.year - 1, 5, 1)
        name = f"{first.year}/{(first.year + 1) % 100:02d}"
        spans.append(
            Span(
                "year",
                first,
                _add_months(first, 12),
                {"en": f"Year {name}", "fr": f"Année {name}", "es": f"Año {name}"},
            )
        )
    return spans


def _month(first: date) -> Span:
    return Span(
        "month",
        first,
        _add_months(first, 1),
        {language: f"{names[first.month - 1]} {first.year}" for language, names in MONTHS.items()},
    )


def _semester(first: date) -> Span:
    names = zip(("en", "fr", "es"), TERMS[first.month], strict=True)
    return Span(
        "semester", first, _add_months(first, 4), {language: f"{name} {first.year}" for language, name in names}
    )


def _add_months(first: date, months: int) -> date:
    """The first of the month so many months on."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
