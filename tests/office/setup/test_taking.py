"""Set-up files: what they change, in which words, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from auditlog.models import LogEntry

from accounts.models import MailTemplate, ProfilePolicy
from accounts.services.wordings import save_wording, use_built_in
from accounts.wordings.own import piece_of_template, words_of
from forms_module.models import FormDefinition
from forms_module.services.publishing import publish_form
from lockers.models import LockerWindow
from opscom.audit import WATCHED
from opscom.lib.append_only import rewriting_history
from opscom.lib.office import office
from opscom.models import SystemSettings
from opscom.office.setup.columns import columns_of
from opscom.office.setup.errors import SetupRefused
from opscom.office.setup.sections import SECTIONS
from opscom.office.setup.taking import compare_office, set_up_office
from opscom.office.setup.words import Outcome
from opscom.office.setup.writing import write_office
from payments.models import Tax
from permits.models import Lot, PermitNumber, PermitType, SalesWindow, Waitlist
from tests.factories import make_lot, make_offence, make_permit, make_user, make_window
from violations.models import Offence

pytestmark = pytest.mark.django_db

WHOLE = """
[settings]
office_name = "Brook Parking"
permit_disclaimer = { en = "Mind the deer.", fr = "Attention aux cerfs." }
cancel_refund = "month"
permits_per_person = 2

[[user_types]]
code = "student"
name = { en = "Student", fr = "Étudiant" }
[[profile_fields]]
field = "phone"
user_type = "student"
rule = "required"
[[taxes]]
name = "HST"
rate = 13.0
kinds = ["permit"]
[[payment_methods]]
code = "wire"
name = "Bank transfer"
for_users = true
user_types = ["student"]
kinds = ["permit"]

[[lot_groups]]
name = "North"
[[lots]]
code = "p1"
name = "Lot 1"
group = "North"
spaces = 40
user_types = ["student"]

[[permit_types]]
lot = "p1"
name = "Commuter"
prefix = "C"
steps = [{ step = 2, percent = 50.0 }]
[[permit_types.windows]]
name = "Fall"
period = "semester"
sale_starts = 2026-08-01 08:00:00
sale_ends = 2026-12-01 00:00:00
valid_from = 2026-09-01
valid_before = 2027-01-01
prices = [{ from_day = 2026-08-01, amount = 300.00 }, { from_day = 2026-10-01, amount = 200.00 }]
[[permit_types]]
lot = "p1"
name = "By the hour"
kind = "temporary"
prefix = "H"
hour_prices = [
  { name = "Week", weekdays = [1, 2, 3, 4, 5], from_hour = 0, until_hour = 24, amount = 2.00 },
  { name = { en = "Week-end", fr = "Fin de semaine" }, weekdays = [6, 7], from_hour = 0, until_hour = 24, amount = 1.00 },
]

[[waitlists]]
name = "Lot 1"
permit_types = ["p1 / Commuter"]
[[closed_days]]
day = 2026-12-25
name = "Christmas"
[[offence_categories]]
name = "Parking"
[[offences]]
category = "Parking"
code = "10"
description = "No permit"
amount = 40.00
steps = [{ after_days = 10, act = "add", amount = 25.00 }]
repeats = [{ nth = 2, amount = 60.00 }]
[[appeal_texts]]
name = "Upheld"
text.fr = "L’avis est maintenu."
text.en = "The ticket stands."

[[locker_sites]]
name = "Library"
price = 30.00
[[locker_sites]]
parent = "Library"
name = "Floor 2"
[[locker_windows]]
name = "Fall"
sale_starts = 2026-08-01 08:00:00
sale_ends = 2026-12-01 00:00:00
valid_from = 2026-09-01
valid_before = 2027-01-01
prices = [{ site = "Library / Floor 2", amount = 20.00 }]
"""


def told(outcome: Outcome) -> dict[str, list[str]]:
    return dict(outcome.groups())


def problems(text: str) -> list[str]:
    with pytest.raises(SetupRefused) as refused:
        set_up_office(text)
    return refused.value.problems


def test_whole_office_from_nothing_and_back() -> None:
    compared = compare_office(WHOLE)
    assert (Lot.objects.exists(), office().office_name) == (False, "Campus Parking")
    done = set_up_office(WHOLE)
    assert (str(done), told(done)) == (str(compared), told(compared))
    assert str(done) == "25 new rows, 1 changed"
    rules = SystemSettings.objects.get()
    assert (rules.office_name, rules.permit_disclaimer_fr, rules.permits_per_person) == (  # type: ignore[attr-defined]
        "Brook Parking",
        "Attention aux cerfs.",
        2,
    )
    window = SalesWindow.objects.get()
    assert (str(window.permit_type.lot), window.sale_starts) == ("Lot 1", datetime(2026, 8, 1, 12, tzinfo=UTC))
    assert list(window.prices.values_list("from_day", "amount")) == [
        (date(2026, 8, 1), Decimal(300)),
        (date(2026, 10, 1), Decimal(200)),
    ]
    assert [str(kind) for kind in Waitlist.objects.get().permit_types.all()] == ["Commuter"]
    offence = Offence.objects.get()
    assert (offence.steps.get().amount, offence.repeats.get().amount) == (Decimal(25), Decimal(60))
    assert str(LockerWindow.objects.get().prices.get().site.parent) == "Library"
    assert (str(Tax.objects.get().rate), ProfilePolicy.objects.get().user_type) == (
        "13.000",
        Lot.objects.get().user_types.get(),
    )

    again = set_up_office(WHOLE)
    assert (str(again), again.changes) == ("Nothing to do: the office is set up as the file says.", [])
    exported = compare_office(write_office())
    assert (exported.changes, exported.kept) == ([], [])


def test_changes_are_told_from_what_to_what_and_what_is_not_named_stays() -> None:
    lot = make_lot(code="p1", name="Lot 1", spaces=40)
    make_lot(code="p2", name="Lot 2")
    make_window(lot=lot)
    outcome = set_up_office(
        """
        [settings]
        cancel_refund = "month"
        stored_cards = false
        promise_days = 5
        [[lots]]
        code = "p1"
        name.fr = "Stationnement 1"
        spaces = 45
        per_person = 1
        [[lots]]
        code = "p3"
        name = "Lot 3"
        spaces = 5
        """
    )
    assert told(outcome) == {
        "System settings": ["cancelled permit, refund The days left → The whole months left; stored cards on → off"],
        "Lots": [
            "p1: name (fr) empty → “Stationnement 1”; spaces 40 → 45; permits of one person empty → 1",
            "new: p3 (code “p3”; name (en) “Lot 3”; spaces 5)",
            "not in the file, stays: p2",
        ],
    }
    lot.refresh_from_db()
    assert (lot.spaces, lot.per_person, Lot.objects.count(), PermitType.objects.count()) == (45, 1, 3, 1)


def test_row_keeps_what_the_file_does_not_say_of_it() -> None:
    lot = make_lot(code="p1", name="Lot 1", description="By the river")
    set_up_office('[[lots]]\ncode = "p1"\ndescription = { en = "", fr = "Au bord" }')
    lot.refresh_from_db()
    assert (lot.name, lot.description_en, lot.description_fr) == ("Lot 1", "", "Au bord")  # type: ignore[attr-defined]


def test_everything_that_is_wrong_is_told_with_its_place_and_nothing_is_done() -> None:
    make_offence(code="10")
    assert problems(
        """
        [settings]
        stored_cards = 1
        colour = "red"
        [[weather]]
        sky = "blue"
        [[email_categories]]
        code = "new"
        [[lots]]
        code = "p1"
        name.de = "Parkplatz"
        spaces = 4
        [[lots]]
        code = "p2"
        name = "Lot 2"
        group = "North"
        spaces = 4
        [[lots]]
        code = "p3"
        name = "Lot 3"
        spaces = "many"
        [[lots]]
        name = "Lot 4"
        [[permit_types]]
        lot = "p1"
        name = "Of a lot that is refused"
        prefix = "A"
        [[permit_types]]
        lot = "p9"
        name = "Of no lot"
        prefix = "B"
        [[offences]]
        code = "10"
        steps = [{ after_days = 5 }]
        repeats = { nth = 2 }
        """
    ) == [
        "weather: There is no such section. There are: " + ", ".join(section.name for section in SECTIONS) + ".",
        "settings, colour: There is no such value. There are: " + settings_columns() + ".",
        "settings, stored_cards: On or off is written as true or false, and nothing else is.",
        "email_categories 1 (new): The portal makes these rows itself, and has none of this name.",
        "lots 1 (p1), name: It is a text, or texts by language: en, fr, es.",
        "lots 2 (p2), group: lot groups: there is none called “North”.",
        "lots 3 (p3), spaces: Enter a whole number.",
        "lots 4 (): Each row needs its own key, which no other has: code.",
        "permit_types 2 (p9 / Of no lot), lot: lots: there is none called “p9”.",
        "offences 1 (10), steps 1 (5): Enter an amount.",
        "offences 1 (10), repeats: It is a list of rows, each with its values.",
    ]
    assert (Lot.objects.exists(), Offence.objects.get().steps.exists()) == (False, False)


def settings_columns() -> str:
    return ", ".join(columns_of(SECTIONS[0]))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[settings]\nhold_minutes = 2", "settings, hold_minutes: Ensure this value is greater than or equal to 5."),
        ("[settings", "The file cannot be read: Expected ']' at the end of a table declaration (at end of document)."),
        (
            '[[permit_types]]\nlot = "p1"\nname = "Old"\nprefix = "Z"',
            "permit_types 1 (p1 / Old), prefix: It cannot be changed any more: this row is in use.",
        ),
        (
            '[[permit_types]]\nlot = "p1"\nname = "New"\nprefix = "Y"',
            "permit_types 1 (p1 / New), prefix: Old has this prefix already. Choose another, so that numbers stay unique.",
        ),
        (
            '[[permit_types]]\nlot = "p1"\nname = "Old"\n[[permit_types.windows]]\nname = "Late"\nsale_starts = 2026-08-01 08:00:00\n'
            "sale_ends = 2026-12-01 00:00:00\nvalid_from = 2026-09-01\nvalid_before = 2027-01-01\n"
            "prices = [{ from_day = 2026-08-02, amount = 1.00 }]",
            "permit_types 1 (p1 / Old), windows 1 (Late / 2026-09-01): The price calendar has a gap: no price holds on 2026-08-01, "
            "when the sale starts. Add a price from that day or earlier.",
        ),
        (
            '[[permit_types]]\nlot = "p1"\nname = "Old"\nhour_prices = [{ name = "Day", weekdays = [1], from_hour = 0, until_hour = 9, '
            "amount = 1.00 }]",
            "permit_types 1 (p1 / Old): Mon, 9:00 has no price. Add a row for it, or remove all rows and use the price of an hour.",
        ),
    ],
)
def test_what_the_offices_pages_refuse_is_refused(text: str, problem: str) -> None:
    window = make_window(lot=make_lot(code="p1"))
    PermitType.objects.update(name_en="Old", prefix="Y")
    make_permit(window=window)
    assert problems(text) == [problem]


def test_audit_trail_names_who_what_and_from_which_value() -> None:
    make_lot(code="p1", spaces=40)
    manager = make_user(is_staff=True)
    with rewriting_history():
        LogEntry.objects.all().delete()
    compare_office('[[lots]]\ncode = "p1"\nspaces = 45')
    assert not LogEntry.objects.exists()
    set_up_office('[[lots]]\ncode = "p1"\nspaces = 45', by=manager)
    entry = LogEntry.objects.get()
    assert (entry.actor, entry.changes) == (manager, {"spaces": ["40", "45"]})


FORMS = """
[[user_types]]
code = "student"
name = "Student"
[[forms]]
code = "carpool"
name = { en = "Carpool", fr = "Covoiturage" }
user_types = ["student"]
once = true
[[forms.fields]]
key = "with"
position = 1
kind = "choice"
label = { en = "With whom?", fr = "Avec qui?" }
choices = { en = "Family\\nColleagues", fr = "Famille\\nCollègues" }
required = true
[[forms.fields]]
key = "where"
position = 2
kind = "text"
label = "Where do they work?"
shown_when = "with"
shown_value = "Colleagues"
[[lots]]
code = "p1"
name = "Lot 1"
spaces = 40
[[permit_types]]
lot = "p1"
name = "Carpool"
prefix = "C"
numbered = true
needs_form = "carpool"
numbers = [{ number = "C-001" }, { number = "C-002", note = "bent" }]
"""


def test_forms_with_their_questions_and_numbers_from_stock_go_there_and_back() -> None:
    set_up_office(FORMS)
    form = FormDefinition.objects.get()
    assert (form.code, form.name_fr, form.once, form.version) == ("carpool", "Covoiturage", True, 0)  # type: ignore[attr-defined]
    asked = form.fields.values_list("key", "kind", "label_fr", "shown_when", "shown_value")
    assert list(asked) == [("with", "choice", "Avec qui?", "", ""), ("where", "text", None, "with", "Colleagues")]
    kind = PermitType.objects.get()
    assert (kind.needs_form, list(kind.numbers.values_list("number", "note"))) == (
        form,
        [("C-001", ""), ("C-002", "bent")],
    )
    publish_form(form)
    whole = write_office()
    assert told(compare_office(whole)) == told(compare_office(FORMS)) == {}
    PermitNumber.objects.filter(number="C-001").update(condition="stolen")
    assert ("C-001" in write_office(), told(compare_office(FORMS))) == (False, {})
    change = compare_office(FORMS.replace('"With whom?"', '"Who?"'))
    assert [(each.name, [column.name for column, _was, _is in each.columns]) for each in change.changes] == [
        ("carpool / with", ["label"])
    ]
    assert problems(FORMS.replace('"bent"', '"new"')) == [
        "permit_types 1 (p1 / Carpool), numbers 2 (C-002), note: It cannot be changed any more: this row is in use."
    ]
    FormDefinition.objects.all().update(code="other")
    PermitNumber.objects.all().delete()
    set_up_office(whole.replace('"carpool"', '"again"'))
    again = FormDefinition.objects.get(code="again")
    assert list(again.fields.values_list("key", "version", "label_en")) == [
        ("with", None, "With whom?"),
        ("where", None, "Where do they work?"),
    ]
    assert kind.numbers.count() == 2


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        ('shown_when = "with"', 'shown_when = "who"', "who is not one of the available choices"),
        ("position = 1", "position = 3", "hangs on a question that comes after it"),
        ('shown_value = "Colleagues"', 'shown_value = "Nobody"', "waits for an answer that is none of the choices"),
        ('code = "carpool"', 'code = "car/pool"', "Enter a valid “slug”"),
        ('code = "carpool"', 'code = "much-too-long-a-code"', "at most 12 characters"),
        ('kind = "text"', 'kind = "spell"', "spell is not one of the available choices"),
        ('needs_form = "carpool"', 'needs_form = "boat"', "there is none called “boat”"),
        ('number = "C-002"', 'number = "C-001"', "Each row needs its own key"),
    ],
)
def test_forms_that_nobody_could_answer_are_refused(was: str, now: str, problem: str) -> None:
    assert [line for line in problems(FORMS.replace(was, now)) if problem in line] != []
    assert FormDefinition.objects.count() == 0


def test_templates_with_their_texts_go_there_and_back_and_keep_their_rows() -> None:
    template = MailTemplate.objects.create(code="works", title="Works", rows="permit")
    subject, body = "Works in {{ permit.lot.name }}", "Mind the crane, {{ name }}."
    save_wording(piece_of_template(template), "en", subject=subject, body=body, by=None)
    whole = write_office()
    assert told(compare_office(whole)) == {}
    [refused] = problems(whole.replace('rows = "permit"', 'rows = "violation"'))
    assert refused.endswith("rows: It cannot be changed any more: this row is in use.")
    use_built_in(piece_of_template(template), "en", by=None)
    template.delete()
    set_up_office(whole)
    again = MailTemplate.objects.get()
    assert (again.code, again.rows, words_of(again)["subject_en"]) == ("works", "permit", subject)


def test_two_rows_of_one_name_are_told_apart_in_the_office_first() -> None:
    window = make_window(lot=make_lot(code="p1"))
    PermitType.objects.create(lot=window.permit_type.lot, name=window.permit_type.name, prefix="Q")
    with pytest.raises(SetupRefused) as refused:
        write_office()
    assert refused.value.problems == [
        f"permit types: two are called “p1 / {window.permit_type.name}”. Give one of them another name in the office first."
    ]


def test_every_model_that_is_configured_is_in_the_file_or_left_out_for_a_reason() -> None:
    left_out = {
        "accounts.Company": "people answer for it",
        "accounts.CompanyMembership": "people",
        "payments.BookLock": "money booked",
        "payments.OfficeArrangement": "people",
        "lockers.Locker": "stock",
        "permits.Household": "people",
        "permits.HouseholdMember": "people",
        "permits.LotBlock": "the day's work",
        "permits.PermitBan": "people",
        "violations.ExemptPlate": "the day's work",
    }
    sections = [*SECTIONS, *(child for section in SECTIONS for child in section.children)]
    sections += [deep for section in sections for deep in section.children]
    in_file = {section.model._meta.label for section in sections}
    watched = {f"{app}.{name}" for app, names in WATCHED.items() for name in names.split()}
    assert watched - in_file == left_out.keys()
