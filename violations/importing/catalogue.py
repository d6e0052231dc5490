"""Which offence and which lot of the office each word of a file means."""

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from opscom.lib.money import ZERO
from permits.models import Lot
from violations.importing.mapping import Mapping, MappingError
from violations.importing.rows import offence_key, parse_amount
from violations.importing.survey import Seen, Survey
from violations.models import Offence, OffenceCategory

CODE_LENGTH = Offence._meta.get_field("code").max_length or 20
WORDING_LENGTH = 120
ENTRY_KEYS = {"code", "description", "amount", "category"}


@dataclass
class Catalogue:
    """The answer for each key of the survey. `new` are offences that are not saved yet; a lot of None keeps its words as
    the ticket's location."""

    offences: dict[str, Offence] = field(default_factory=dict)
    lots: dict[str, Lot | None] = field(default_factory=dict)
    new: list[Offence] = field(default_factory=list)
    missing_offences: list[str] = field(default_factory=list)
    missing_lots: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """True where every offence and lot is known."""
        return not self.missing_offences and not self.missing_lots

    def save_new(self) -> None:
        """Enter the new offences into the office's catalogue."""
        for offence in self.new:
            offence.category, _new = OffenceCategory.objects.get_or_create(name=offence.category.name)
            offence.save()


def match_survey(
    survey: Survey,
    mapping: Mapping,
    *,
    offences: dict[str, Any] | None = None,
    lots: dict[str, str] | None = None,
    create: bool = False,
    fine: Decimal | None = None,
) -> Catalogue:
    """Find what each word means: in the operator's `offences` and `lots` files first, then in the office's catalogue by code
    (with the mapping's prefix or without) and by a lot's code or name. `create` makes the remaining offences from the file's
    own wording and usual fine, or `fine` where the file names none."""
    catalogue = Catalogue()
    known = {offence.code.upper(): offence for offence in Offence.objects.select_related("category")}
    told = {offence_key(key): value for key, value in (offences or {}).items()}
    for key, seen in survey.offences.items():
        offence = (
            _told_offence(told[key], known, mapping)
            if key in told
            else known.get(offence_code(key, mapping.offence_prefix).upper()) or known.get(key)
        )
        if offence is None and create and key not in told:
            offence = _made_offence(key, seen, mapping, fine)
        if offence is None:
            catalogue.missing_offences.append(key)
            continue
        catalogue.offences[key] = offence
        if offence.pk is None and offence not in catalogue.new:
            catalogue.new.append(offence)
            known[offence.code.upper()] = offence
    _match_lots(catalogue, survey, lots or {})
    return catalogue


def offence_code(key: str, prefix: str) -> str:
    """The catalogue's code for a word of the file: the prefix and the word, or a short digest of a long one."""
    code = prefix + (key or "NONE")
    if len(code) <= CODE_LENGTH:
        return code
    return prefix + hashlib.sha256(key.encode()).hexdigest()[:8].upper()


def skeleton(survey: Survey, catalogue: Catalogue, mapping: Mapping) -> str:
    """A mapping file for what is missing, with what the file says, to be completed by the operator. TOML strings are
    written as JSON strings, which they are a superset of."""
    lines = [
        "# An entry is the code of an offence in the catalogue, or a new offence with its code, description and amount.",
        "[offences]",
    ]
    for key in catalogue.missing_offences:
        seen = survey.offences[key]
        fine = seen.usual_fine()
        values = {
            "code": offence_code(key, mapping.offence_prefix),
            "description": _wording(seen),
            "amount": str(fine) if fine is not None else "",
        }
        entry = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
        lines += [f"# {seen.rows} rows", f"{json.dumps(key, ensure_ascii=False)} = {{ {entry} }}"]
    lines += ["", '# An entry is the code of a lot, or "" to keep the words as the ticket\'s location.', "[lots]"]
    lines += [
        f'{json.dumps(key, ensure_ascii=False)} = ""  # {survey.lots[key].rows} rows' for key in catalogue.missing_lots
    ]
    return "\n".join(lines) + "\n"


def _told_offence(told: object, known: dict[str, Offence], mapping: Mapping) -> Offence | None:
    if isinstance(told, str):
        return known.get(told.upper())
    if (
        not isinstance(told, dict)
        or not set(told) <= ENTRY_KEYS
        or not all(isinstance(part, str) for part in told.values())
    ):
        text = _(
            "An offence is the code of the catalogue, or texts for code, description, amount and category: %(told)s"
        )
        raise MappingError(text % {"told": told})
    code, wording = told.get("code", ""), told.get("description", "")
    if offence := known.get(code.upper()):
        return offence
    amount = parse_amount(told.get("amount", ""))
    if amount is None or not code:
        text = _('Offence %(code)s has no code or no amount yet. Write one, for example amount = "30.00".')
        raise MappingError(text % {"code": code})
    category = OffenceCategory(name=told.get("category") or imported_from(mapping.source))
    return Offence(
        code=code[:CODE_LENGTH],
        description=(wording or code)[:WORDING_LENGTH],
        amount=amount,
        category=category,
    )


def _made_offence(key: str, seen: Seen, mapping: Mapping, fine: Decimal | None) -> Offence | None:
    amount = seen.usual_fine() or fine
    if amount is None and mapping.missing_amount == "refuse" and not seen.fines:
        return None  # a catalogue entry without a fine would make every such row fail
    category = OffenceCategory(name=imported_from(mapping.source))
    return Offence(
        code=offence_code(key, mapping.offence_prefix),
        description=_wording(seen),
        amount=amount or ZERO,
        category=category,
    )


def _wording(seen: Seen) -> str:
    return seen.usual_wording()[:WORDING_LENGTH] or str(_("Not recorded"))


def imported_from(source: str) -> str:
    """The category of offences for which a file names none."""
    return _("Imported: %(source)s") % {"source": source}


def _match_lots(catalogue: Catalogue, survey: Survey, told: dict[str, str]) -> None:
    lots = list(Lot.objects.all()) if survey.lots else []
    by_word = {lot.name.casefold(): lot for lot in lots} | {lot.code.casefold(): lot for lot in lots}
    told = {key.casefold(): code for key, code in told.items()}
    for key in survey.lots:
        code = told.get(key.casefold(), key)
        if code == "":
            catalogue.lots[key] = None
        elif lot := by_word.get(code.casefold()):
            catalogue.lots[key] = lot
        else:
            catalogue.missing_lots.append(key)
