"""Which rule holds for whom."""

import pytest
from django.core.exceptions import ValidationError
from pytest_django import DjangoAssertNumQueries

from accounts.models import ProfilePolicy
from accounts.services.profile import QUESTIONS, registration_rules, rules_for, save_profile, set_language
from tests.factories import make_user, make_user_type

pytestmark = pytest.mark.django_db


def test_without_rules_everything_is_optional_and_nothing_is_asked() -> None:
    rules = rules_for(None, [])
    assert {(policy.rule, policy.at_registration) for policy in rules.values()} == {("optional", False)}
    assert set(rules) == set(ProfilePolicy.Field.values)


@pytest.mark.parametrize("own_first", [True, False])
def test_own_rule_goes_before_everybodys_in_any_order(own_first: bool) -> None:
    own, everybodys = (
        ProfilePolicy(field="phone", user_type_id=7, rule="required"),
        ProfilePolicy(field="phone", rule="hidden"),
    )
    policies = [own, everybodys] if own_first else [everybodys, own]
    assert rules_for(7, policies)["phone"] is own
    assert rules_for(8, policies)["phone"] is everybodys
    assert rules_for(None, policies)["phone"] is everybodys


def test_registration_leaves_out_what_only_the_office_fills_in() -> None:
    for field, rule in zip(QUESTIONS, ProfilePolicy.Rule.values, strict=True):
        ProfilePolicy.objects.create(field=field, rule=rule, at_registration=True)
    types, rules = registration_rules()
    assert types == []
    assert {key: sorted(asked) for key, asked in rules.items()} == {None: ["last_name", "phone"]}


def test_registration_answers_for_each_open_type() -> None:
    student, _closed = make_user_type(), make_user_type(open_for_registration=False)
    types, rules = registration_rules()
    assert (types, list(rules)) == ([student], [student.pk])


def test_save_profile_writes_only_the_answers() -> None:
    user = make_user(first_name="Ada", profile_complete=False)
    user.email = "not-saved@example.test"
    save_profile(user, answers={"first_name": "Adele"})
    user.refresh_from_db()
    assert (user.first_name, user.profile_complete, user.email == "not-saved@example.test") == ("Adele", True, False)


def test_set_language_writes_nothing_when_it_is_the_same(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = make_user(language="fr")
    with django_assert_num_queries(0):
        set_language(user, "fr")
    with django_assert_num_queries(2):  # the audit trail reads the row as it was
        set_language(user, "es")


def test_address_is_no_question_of_registration() -> None:
    policy = ProfilePolicy(field="address", rule="required", at_registration=True)
    with pytest.raises(ValidationError, match="asked for after registration"):
        policy.full_clean()
    policy.save()
    assert registration_rules() == ([], {None: {}})
