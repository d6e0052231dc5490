"""Merging two accounts of one person."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AccountEvent, Address, Company, CompanyMembership, EmailCategory, EmailOptOut, Mail, User
from accounts.services.history import note_event
from opscom.lib.money import ZERO
from opscom.office.people import merging
from opscom.office.people.closing import NotClosed, close_account, open_again
from opscom.office.people.merging import Balance, Move, NotMerged, balance_of, follow_merges, merge_users, preview_merge
from opscom.office.people.relations import RELATIONS, Kept
from payments.models import Charge, LedgerEntry
from payments.services.attempts import resolve_payment
from permits.models import Permit
from tests.factories import (
    make_charge,
    make_checkout,
    make_payment,
    make_permit,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.office.people.test_closing import paid_permit
from tests.payments.conftest import begin, pay_at_provider
from tests.views.test_history import fine, give_locker, write_mail
from vehicles.models import VehicleOwner

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper() -> User:
    return make_user(email="keeper@example.test")


@pytest.fixture
def duplicate() -> User:
    return make_user(email="duplicate@example.test")


def live(user: User) -> None:
    """Something of every kind that moves."""
    paid_permit(user)
    fine(user)
    give_locker(user)
    write_mail(user)
    note_event(user, AccountEvent.Verb.PASSWORD_CHANGED)
    Address.objects.create(user=user, line1="17 Trent Lane", city="Guelph", region="CA-ON", postal_code="N1G 2W1")


def left_behind(user: User) -> list[str]:
    """Columns that a merge should have emptied."""
    told = {"accounts.AccountEvent.user"}
    moving = [relation for relation in RELATIONS if not isinstance(relation.merge, Kept)]
    return [relation.label for relation in moving if relation.label not in told and relation.rows(user).exists()]


def test_everything_moves_and_the_duplicate_points_at_the_keeper(keeper: User, duplicate: User, staff: User) -> None:
    live(duplicate)
    before = balance_of(keeper, duplicate)
    preview = preview_merge(keeper, duplicate, by=staff)
    moves = {move.words: (move.moved, move.gone) for move in preview.moves}
    assert moves == {
        "Checkouts and their payments": (1, 0),
        "Charges": (2, 0),
        "Permits": (1, 0),
        "Lockers": (1, 0),
        "Vehicles": (1, 0),
        "Addresses": (1, 0),
        "E-mails": (2, 0),
        "Events of the account": (1, 0),
        "Login addresses": (0, 1),
    }
    merge_users(keeper, duplicate, by=staff)
    duplicate.refresh_from_db()
    assert (duplicate.is_active, duplicate.merged_into, left_behind(duplicate)) == (False, keeper, [])
    assert (balance_of(keeper), preview.together) == (before, before)
    assert balance_of(duplicate) == Balance(ZERO, ZERO, ZERO, 0)
    assert before == Balance(owed=Decimal("50.00"), paid=Decimal("77.00"), surplus=ZERO, receipts=1)
    events = AccountEvent.objects.filter(verb__startswith="merged").order_by("pk")
    assert list(events.values_list("user", "verb", "detail", "by")) == [
        (keeper.pk, "merged_from", "duplicate@example.test", staff.pk),
        (duplicate.pk, "merged_into", "keeper@example.test", staff.pk),
    ]


def test_preview_changes_nothing(keeper: User, duplicate: User, staff: User) -> None:
    live(duplicate)
    preview_merge(keeper, duplicate, by=staff)
    assert (Permit.objects.get().holder, left_behind(keeper)) == (duplicate, ["account.EmailAddress.user"])


@pytest.mark.parametrize("active", [True, False])
def test_vehicle_of_both_stays_once(keeper: User, duplicate: User, staff: User, active: bool) -> None:
    vehicle = make_vehicle()
    own = VehicleOwner.objects.create(user=keeper, vehicle=vehicle, active=False)
    VehicleOwner.objects.create(user=duplicate, vehicle=vehicle, active=active, primary=True)
    assert preview_merge(keeper, duplicate, by=staff).moves[0] == Move("Vehicles", 0, 1)
    merge_users(keeper, duplicate, by=staff)
    link = VehicleOwner.objects.get()
    assert (link.pk, link.user, link.active, link.primary) == (own.pk, keeper, active, True)


def test_address_of_a_kind_that_both_have_stays_the_keepers(keeper: User, duplicate: User, staff: User) -> None:
    place = {"city": "Guelph", "region": "CA-ON", "postal_code": "N1G 2W1"}
    Address.objects.create(user=keeper, line1="1 Keeper Way", **place)
    Address.objects.create(user=duplicate, line1="2 Other Way", **place)
    Address.objects.create(user=duplicate, line1="3 Bill Way", kind="billing", **place)
    merge_users(keeper, duplicate, by=staff)
    assert sorted(keeper.addresses.values_list("line1", flat=True)) == ["1 Keeper Way", "3 Bill Way"]
    assert Address.objects.count() == 2


def test_unwanted_categories_are_joined(keeper: User, duplicate: User, staff: User) -> None:
    one, two = EmailCategory.objects.filter(essential=False).order_by("pk")[:2] or [
        EmailCategory.objects.create(code=f"extra-{n}", name=f"Extra {n}") for n in range(2)
    ]
    for user, category in [(keeper, one), (duplicate, one), (duplicate, two)]:
        EmailOptOut.objects.create(user=user, category=category)
    merge_users(keeper, duplicate, by=staff)
    assert sorted(EmailOptOut.objects.values_list("user", "category")) == sorted(
        [(keeper.pk, one.pk), (keeper.pk, two.pk)]
    )


def test_place_in_one_company_stays_once(keeper: User, duplicate: User, staff: User) -> None:
    company = Company.objects.create(name="Northfield Labs", code="northfield")
    own = CompanyMembership.objects.create(company=company, user=keeper)
    CompanyMembership.objects.create(company=company, user=duplicate)
    merge_users(keeper, duplicate, by=staff)
    assert list(CompanyMembership.objects.values_list("pk", "user")) == [(own.pk, keeper.pk)]


def test_accounts_merged_before_follow(keeper: User, duplicate: User, staff: User) -> None:
    first = make_user()
    merge_users(duplicate, first, by=staff)
    merge_users(keeper, duplicate, by=staff)
    first.refresh_from_db()
    assert first.merged_into == keeper


# Refusals -------------------------------------------------------------------------------------------------------------


def join_companies(keeper: User, duplicate: User) -> None:
    for user in (keeper, duplicate):
        company = Company.objects.create(name=user.email, code=f"c{user.pk}")
        CompanyMembership.objects.create(company=company, user=user)


def both_pay(keeper: User, duplicate: User) -> None:
    for user in (keeper, duplicate):
        make_payment(make_checkout([make_charge(user)], user))


def both_hold(keeper: User, duplicate: User) -> None:
    window = make_window()
    make_permit(keeper, window)
    make_permit(duplicate, window)


def keeper_is_off(keeper: User, duplicate: User) -> None:
    User.objects.filter(pk=keeper.pk).update(is_active=False)


def duplicate_is_staff(keeper: User, duplicate: User) -> None:
    User.objects.filter(pk=duplicate.pk).update(is_staff=True)


def keeper_is_staff(keeper: User, duplicate: User) -> None:
    User.objects.filter(pk=keeper.pk).update(is_staff=True)


def duplicate_is_merged(keeper: User, duplicate: User) -> None:
    User.objects.filter(pk=duplicate.pk).update(is_active=False, merged_into=make_user())


def duplicate_is_closed(keeper: User, duplicate: User) -> None:
    close_account(duplicate, by=duplicate)


@pytest.mark.parametrize(
    ("matter", "words"),
    [
        (join_companies, "They belong to two companies."),
        (both_pay, "Both have a card payment under way."),
        (both_hold, "Both have a permit of the same sales window."),
        (keeper_is_off, "The account to keep is switched off."),
        (keeper_is_staff, "One of them works in the office."),
        (duplicate_is_staff, "One of them works in the office."),
        (duplicate_is_merged, "The duplicate is merged or erased already."),
        (duplicate_is_closed, "The person closed the duplicate."),
    ],
)
def test_refusal_changes_nothing(keeper: User, duplicate: User, staff: User, matter: Any, words: str) -> None:
    matter(keeper, duplicate)
    keeper.refresh_from_db()
    duplicate.refresh_from_db()
    merged = duplicate.merged_into
    [refusal] = preview_merge(keeper, duplicate, by=staff).refusals
    assert refusal.startswith(words)
    with pytest.raises(NotMerged, match=words[:20]):
        merge_users(keeper, duplicate, by=staff)
    duplicate.refresh_from_db()
    assert duplicate.merged_into == merged


def test_nobody_merges_oneself_or_the_own_account(keeper: User, duplicate: User, staff: User) -> None:
    with pytest.raises(NotMerged, match="one and the same"):
        merge_users(keeper, keeper, by=staff)
    with pytest.raises(NotMerged, match="Nobody merges their own"):
        merge_users(keeper, duplicate, by=keeper)


def test_one_payment_under_way_is_finished_at_the_keeper(keeper: User, duplicate: User, staff: User) -> None:
    attempt = begin(make_checkout([fine(duplicate).charge], duplicate))
    merge_users(keeper, duplicate, by=staff)
    pay_at_provider(attempt)
    payment = resolve_payment(attempt)
    assert (payment.state, payment.checkout.user, balance_of(keeper).paid) == ("confirmed", keeper, Decimal("30.00"))
    assert Mail.objects.get(kind="receipt").user == keeper


def test_sums_that_differ_undo_everything(
    keeper: User, duplicate: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_charge(duplicate)
    move = merging._move_rows

    def lose_one(*arguments: Any) -> None:
        move(*arguments)
        Charge.objects.update(payer=staff)

    monkeypatch.setattr(merging, "_move_rows", lose_one)
    monkeypatch.setattr(merging, "TRIES", 2)
    monkeypatch.setattr(merging, "PAUSE", 0)
    with pytest.raises(NotMerged, match="in use just now"):
        merge_users(keeper, duplicate, by=staff)
    duplicate.refresh_from_db()
    assert (Charge.objects.get().payer, duplicate.is_active, duplicate.merged_into) == (duplicate, True, None)


def test_ledger_is_untouched(keeper: User, duplicate: User, staff: User) -> None:
    live(duplicate)
    before = list(LedgerEntry.objects.order_by("pk").values())
    merge_users(keeper, duplicate, by=staff)
    assert list(LedgerEntry.objects.order_by("pk").values()) == before


def test_merged_account_is_not_opened_again(keeper: User, duplicate: User, staff: User) -> None:
    merge_users(keeper, duplicate, by=staff)
    with pytest.raises(NotClosed, match="part of another one"):
        open_again(duplicate, by=staff)


# What arrives late ----------------------------------------------------------------------------------------------------


def test_row_that_arrives_late_follows(keeper: User, duplicate: User, staff: User) -> None:
    merge_users(keeper, duplicate, by=staff)
    charge = make_charge(duplicate)
    assert (follow_merges(), follow_merges()) == (1, 0)
    charge.refresh_from_db()
    assert (charge.payer, left_behind(duplicate)) == (keeper, [])
    assert AccountEvent.objects.get(verb="merged_into").user == duplicate


def test_merge_of_long_ago_is_not_looked_at(keeper: User, duplicate: User, staff: User) -> None:
    merge_users(keeper, duplicate, by=staff, at=timezone.now() - timedelta(days=3))
    make_violation()
    make_charge(duplicate)
    assert follow_merges() == 0
