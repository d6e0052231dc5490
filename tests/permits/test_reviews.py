"""Park while the office reviews a form: what is sold meanwhile goes on once the form is approved, and else ends with money back."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from forms_module.models import Submission
from forms_module.services.reviewing import ask_back, decide_submission
from opscom.lib.dates import Period, start_of_day, today
from payments.models import Refund
from payments.payables import payable_for
from payments.services.ledger_check import find_problems
from payments.services.promises import promise_payment
from permits.capacity import occupancy
from permits.errors import LotFull, PermitRefused
from permits.models import HangTag, Permit, PermitType, PermitVehicle, SalesWindow
from permits.plate_words import sentence
from permits.services.cancel import end_unapproved
from permits.services.exchange import exchange_permit, quote_exchange
from permits.services.plate_check import check_plate
from permits.services.printing import print_permit
from permits.services.reserve import release_lapsed_holds
from permits.services.reviews import conclude_reviews
from permits.services.rollover import rollover_offered
from permits.services.standing import explain_sale
from permits.services.tags import ask_for_tag
from tests.factories import (
    change_office,
    make_checkout,
    make_form,
    make_lot,
    make_permit,
    make_submission,
    make_temporary,
    make_temporary_type,
    make_vehicle,
    make_window,
)
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def window() -> SalesWindow:
    """Thirty days from today for $60 in a lot with one space, for whoever has an approved application or, for ten days, one
    under review."""
    window = make_window(make_lot(spaces=1, name="Lot B"), price="60.00")
    PermitType.objects.update(needs_form=make_form(name="Application"), review_days=10)
    return window


@pytest.fixture
def review(resident: User, window: SalesWindow) -> Submission:
    kind = PermitType.objects.select_related("needs_form").get()
    return make_submission(kind.needs_form, resident)


def again(permit: Permit) -> Permit:
    return Permit.objects.select_related("charge", "holder", "permit_type", "lot").get(pk=permit.pk)


def bought(resident: User, window: SalesWindow) -> Permit:
    permit = make_permit(resident, window)
    paid_by_card([permit.charge], resident)
    return again(permit)


def noon(permit: Permit, days: int) -> datetime:
    return start_of_day(permit.valid_from + days * DAY) + timedelta(hours=12)


def reason_of(refused: pytest.ExceptionInfo[PermitRefused]) -> tuple[str, str]:
    return refused.value.code, str(refused.value)


def test_who_has_not_submitted_the_form_gets_no_permit_and_hears_how(resident: User, window: SalesWindow) -> None:
    with pytest.raises(PermitRefused) as refused:
        make_permit(resident, window)
    words = "This permit needs the form “Application”. Submit it under Forms, then you can have the permit meanwhile."
    assert reason_of(refused) == ("form", words)
    make_submission(PermitType.objects.get().needs_form, resident, submit=False)
    with pytest.raises(PermitRefused, match="needs the form"):
        make_permit(resident, window)


def test_where_the_office_does_not_want_it_the_answer_is_waited_for(resident: User, review: Submission) -> None:
    PermitType.objects.update(review_days=None)
    with pytest.raises(PermitRefused, match="and wait for the answer"):
        make_permit(resident, SalesWindow.objects.get())


def test_what_goes_by_the_hour_waits_for_the_answer(resident: User, review: Submission) -> None:
    kind = make_temporary_type()
    PermitType.objects.filter(pk=kind.pk).update(needs_form=review.form, review_days=10)
    with pytest.raises(PermitRefused, match="needs the form"):
        make_temporary(resident, PermitType.objects.select_related("lot").get(pk=kind.pk))


def test_submitted_form_gives_the_permit_at_its_price_for_some_days(resident: User, review: Submission) -> None:
    permit = make_permit(resident, SalesWindow.objects.get())
    assert (permit.review, permit.provisional_before) == (review, today() + 10 * DAY)
    assert (permit.charge.amount, permit.valid_before) == (
        Decimal("60.00"),
        permit.window and permit.window.valid_before,
    )
    assert occupancy(permit.permit_type, permit.period).free == 0
    with pytest.raises(LotFull):
        make_permit(approved_person(review), SalesWindow.objects.get())


def approved_person(review: Submission) -> User:
    other = make_submission(review.form)
    Submission.objects.filter(pk=other.pk).update(state="approved", decided_at=timezone.now())
    assert other.user is not None
    return other.user


def test_its_days_are_counted_from_its_own_first_one_and_end_with_it(resident: User, review: Submission) -> None:
    later = today() + 40 * DAY
    SalesWindow.objects.update(valid_from=later, valid_before=later + 4 * DAY)
    assert make_permit(resident, SalesWindow.objects.get()).provisional_before == later + 4 * DAY


def test_who_has_an_approved_form_gets_a_permit_like_any_other(resident: User, review: Submission, staff: User) -> None:
    decide_submission(review, decision="approved", comment="", by=staff)
    make_submission(review.form, resident)
    permit = make_permit(resident, SalesWindow.objects.get())
    assert (permit.review, permit.provisional_before) == (None, None)


def test_officer_hears_until_when_it_holds_meanwhile(resident: User, review: Submission) -> None:
    permit = bought(resident, SalesWindow.objects.get())
    PermitVehicle.every.update(from_at=start_of_day(permit.valid_from))
    plate = permit.plates.get().vehicle.plate
    Permit.objects.update(
        provisional_before=date(2099, 1, 11), valid_from=date(2099, 1, 1), valid_before=date(2099, 2, 1)
    )
    in_time, grace, late = (start_of_day(date(2099, 1, 11)) + timedelta(minutes=n) for n in (-5, 5, 60))
    assert sentence(check_plate(plate, lot=permit.lot, at=in_time)) == (
        "Its permit is valid while the office reviews a form, through Jan. 10, 2099, in Lot B."
    )
    assert check_plate(plate, lot=permit.lot, at=grace).grace_until is not None
    answer = check_plate(plate, lot=permit.lot, at=late)
    assert (str(answer.verdict), sentence(answer)) == (
        "expired",
        "Its permit was valid through Jan. 10, 2099 in Lot B.",
    )
    permit = again(permit)
    assert [permit.is_valid_on(date(2099, 1, day)) for day in (10, 11)] == [True, False]
    Permit.objects.update(provisional_before=None)
    assert (
        sentence(check_plate(plate, lot=permit.lot, at=late)) == "Its permit is valid through Jan. 31, 2099 in Lot B."
    )


def test_approved_it_goes_on_to_its_end_and_is_made_on_paper(
    bank: Books, resident: User, review: Submission, staff: User
) -> None:
    PermitType.objects.update(print_at_home=False, pick_up=True)
    permit = bought(resident, SalesWindow.objects.get())
    assert (conclude_reviews(), HangTag.objects.count()) == (0, 0)
    decide_submission(review, decision="approved", comment="", by=staff)
    assert (conclude_reviews(), conclude_reviews()) == (1, 0)
    permit = again(permit)
    assert (permit.state, permit.provisional_before, permit.review) == ("active", None, review)
    assert (permit.events.latest("pk").reason, HangTag.objects.get().state) == ("form approved", "to_make")
    assert conclude_reviews(at=noon(permit, 20)) == 0
    assert Refund.objects.count() == 0


def test_refused_it_ends_and_only_the_days_that_were_parked_are_paid(
    bank: Books, resident: User, review: Submission, staff: User
) -> None:
    change_office(cancel_fee=Decimal("9.00"), cancel_full_days=14, cancel_refund="none")
    permit = bought(resident, SalesWindow.objects.get())
    decide_submission(review, decision="refused", comment="Not a tenant", by=staff)
    assert (conclude_reviews(at=noon(permit, 2)), conclude_reviews(at=noon(permit, 2))) == (1, 0)
    permit = again(permit)
    assert (permit.state, permit.events.latest("pk").reason) == ("cancelled", "form not approved")
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal("54.00")]
    assert occupancy(permit.permit_type, permit.period).free == 1
    assert find_problems() == []
    mail = Mail.objects.get(kind="permit_cancelled")
    assert f"The form “Application” has not been approved, so permit {permit.number}, Lot B, has ended." in mail.text
    assert ("To the card: $54.00" in mail.text, "The office keeps a fee" in mail.text) == (True, False)


def test_not_decided_in_time_it_ends_with_its_days_and_nothing_is_kept_for_the_delay(
    bank: Books, resident: User, review: Submission
) -> None:
    permit = bought(resident, SalesWindow.objects.get())
    assert conclude_reviews(at=noon(permit, 9)) == 0
    assert conclude_reviews(at=noon(permit, 13)) == 1
    assert (again(permit).state, Refund.objects.get().amount) == ("cancelled", Decimal("40.00"))


def test_office_that_asks_for_more_lets_it_hold_meanwhile(
    bank: Books, resident: User, review: Submission, staff: User
) -> None:
    permit = bought(resident, SalesWindow.objects.get())
    ask_back(review, comment="Which flat?", by=staff)
    assert conclude_reviews() == 0
    decide_submission(review, decision="approved", comment="", by=staff)
    assert (conclude_reviews(at=noon(permit, 13)), again(permit).state) == (1, "active")


def test_hold_is_given_back_and_so_is_the_promise_to_pay_for_it(
    resident: User, review: Submission, staff: User
) -> None:
    permit = make_permit(resident, SalesWindow.objects.get())
    promise = promise_payment(make_checkout([permit.charge], resident), email="a@example.test")
    decide_submission(review, decision="refused", comment="Not a tenant", by=staff)
    assert conclude_reviews() == 1
    promise.refresh_from_db()
    permit = again(permit)
    assert (promise.state, permit.state, permit.charge.state) == ("cancelled", "released", "void")


def test_money_that_comes_late_takes_no_place_again_once_the_form_is_refused(
    resident: User, review: Submission, staff: User
) -> None:
    permit = make_permit(resident, SalesWindow.objects.get())
    release_lapsed_holds(at=timezone.now() + DAY)
    payable, now = payable_for(permit.charge), timezone.now()
    decide_submission(review, decision="refused", comment="Not a tenant", by=staff)
    assert (payable.recover(permit.charge, now), again(permit).state) == (False, "released")
    Submission.objects.update(state="approved")
    assert (payable.recover(permit.charge, now), again(permit).state) == (True, "held")


def test_it_is_neither_printed_nor_renews_itself_before_the_answer(
    resident: User, review: Submission, staff: User
) -> None:
    change_office(stored_cards=True)
    permit = bought(resident, SalesWindow.objects.get())
    with pytest.raises(PermitRefused, match="printed once the office has approved its form"):
        print_permit(permit, by=resident, language="en")
    assert not rollover_offered(permit)
    decide_submission(review, decision="approved", comment="", by=staff)
    conclude_reviews()
    permit = again(permit)
    assert (print_permit(permit, by=resident, language="en")[0].number, rollover_offered(permit)) == (1, True)


def test_office_is_told_nothing_stands_against_it(resident: User, review: Submission) -> None:
    make_vehicle(resident)
    resident.permit_disclaimer_at = timezone.now()
    lot = SalesWindow.objects.get().permit_type.lot
    assert explain_sale(resident, lot).on_sale
    PermitType.objects.update(review_days=None)
    assert not explain_sale(resident, lot).on_sale


def test_pages_say_the_rule_before_and_the_end_after(
    resident_client: Client, resident: User, review: Submission
) -> None:
    make_vehicle(resident)
    User.objects.filter(pk=resident.pk).update(permit_disclaimer_at=timezone.now())
    window = SalesWindow.objects.get()
    page = resident_client.get(f"/permits/reserve/{window.code}/").content.decode()
    assert "you can have the permit at once, at its price, for 10 days while the office reviews it" in page
    permit = bought(resident, window)
    soup = BeautifulSoup(resident_client.get(f"/permits/{permit.code}/").content, "html.parser")
    said = soup.select_one(".callout.is-review")
    assert said is not None
    assert "It holds while the office reviews your form, until" in said.get_text()
    assert soup.find("button", string="Print") is None
    assert Period(permit.valid_from, permit.valid_before) == permit.period


def refused(review: Submission, by: User, permit: Permit) -> Permit:
    """The permit, ended because the office refused its form."""
    decide_submission(review, decision="refused", comment="Not a tenant", by=by)
    assert conclude_reviews() == 1
    return again(permit)


def test_days_without_an_answer_are_given_once_a_form(
    bank: Books, resident: User, review: Submission, staff: User
) -> None:
    window = SalesWindow.objects.get()
    first = bought(resident, window)
    other = make_window(make_lot(spaces=1))
    PermitType.objects.filter(pk=other.permit_type_id).update(needs_form=review.form, review_days=10)
    with pytest.raises(PermitRefused, match="and wait for the answer"):
        make_permit(resident, SalesWindow.objects.get(pk=other.pk))
    assert refused(review, staff, first).state == "cancelled"
    make_submission(review.form, resident)
    with pytest.raises(PermitRefused, match="and wait for the answer"):
        make_permit(resident, SalesWindow.objects.get(pk=other.pk))
    assert not explain_sale(resident, other.permit_type.lot).on_sale


def test_hold_that_nobody_paid_has_used_no_days(resident: User, review: Submission, staff: User) -> None:
    window = SalesWindow.objects.get()
    refused(review, staff, make_permit(resident, window))
    make_submission(review.form, resident)
    assert make_permit(resident, window).provisional_before == today() + 10 * DAY


def test_who_has_another_approved_one_keeps_the_permit(
    bank: Books, resident: User, review: Submission, staff: User
) -> None:
    permit = bought(resident, SalesWindow.objects.get())
    decide_submission(review, decision="refused", comment="Not a tenant", by=staff)
    decide_submission(make_submission(review.form, resident), decision="approved", comment="", by=staff)
    with pytest.raises(PermitRefused, match="is approved"):
        end_unapproved(permit, at=timezone.now())
    assert (conclude_reviews(), again(permit).state, again(permit).provisional_before) == (1, "active", None)


def test_who_loses_a_promised_place_reads_why(resident: User, review: Submission, staff: User) -> None:
    permit = make_permit(resident, SalesWindow.objects.get())
    promise_payment(make_checkout([permit.charge], resident), email="a@example.test")
    refused(review, staff, permit)
    mail = Mail.objects.get(kind="hold_lapsed")
    assert (mail.user, mail.text.split(", so")[0].splitlines()[-1]) == (
        resident,
        "The form “Application” has not been approved",
    )
    assert f"held for permit {permit.number}, Lot B, is free again. You owe nothing for it." in mail.text


@pytest.mark.parametrize("exchange", [False, True])
def test_late_money_brings_no_place_back_without_the_form(
    bank: Books, resident: User, review: Submission, staff: User, exchange: bool
) -> None:
    window = SalesWindow.objects.get()
    if exchange:
        change_office(exchanging=True)
        old = bought(resident, make_window(make_lot(), price="20.00"))
        due = quote_exchange(old, window=window).difference
        permit = exchange_permit(old, window=window, expected=due, by=resident)
    else:
        permit = make_permit(resident, window)
    now, late = timezone.now(), timezone.now() + DAY
    assert release_lapsed_holds(at=late) == 1
    hooks = payable_for(again(permit).charge)
    assert not hooks.recover(again(permit).charge, noon(permit, 10))
    decide_submission(review, decision="refused", comment="Not a tenant", by=staff)
    assert not hooks.recover(again(permit).charge, now)
    decide_submission(make_submission(review.form, resident), decision="approved", comment="", by=staff)
    assert hooks.recover(again(permit).charge, now)


def test_what_has_run_out_is_not_looked_at_again(bank: Books, resident: User, review: Submission, staff: User) -> None:
    permit = bought(resident, SalesWindow.objects.get())
    Permit.objects.update(valid_from=today() - 5 * DAY, valid_before=today(), provisional_before=today())
    decide_submission(review, decision="refused", comment="Not a tenant", by=staff)
    current = make_permit(approved_person(review), make_window())
    Permit.objects.filter(pk=current.pk).update(review=review, provisional_before=today())
    assert (conclude_reviews(limit=1), again(permit).state) == (1, "active")


def test_no_tag_is_made_before_the_answer(bank: Books, resident: User, review: Submission, staff: User) -> None:
    PermitType.objects.update(pick_up=True)
    permit = bought(resident, SalesWindow.objects.get())
    with pytest.raises(PermitRefused, match="once the office has approved the form"):
        ask_for_tag(permit, way=HangTag.Way.PICK_UP, by=resident)
    decide_submission(review, decision="approved", comment="", by=staff)
    conclude_reviews()
    assert ask_for_tag(permit, way=HangTag.Way.PICK_UP, by=resident).state == "to_make"


def test_days_set_on_what_goes_by_the_hour_promise_nothing(resident: User, review: Submission) -> None:
    kind = make_temporary_type()
    PermitType.objects.filter(pk=kind.pk).update(needs_form=review.form, review_days=10)
    kind = PermitType.objects.select_related("lot").get(pk=kind.pk)
    with pytest.raises(PermitRefused, match="and wait for the answer"):
        make_temporary(resident, kind)
