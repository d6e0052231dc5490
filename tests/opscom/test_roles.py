"""Roles: each group has what its list says, from the first migration on."""

import pytest
from django.contrib.auth.models import Group, Permission

from opscom.roles import ROLES, make_roles

pytestmark = pytest.mark.django_db


def rights_of(role: str) -> set[str]:
    """The role's permissions as app.action_model."""
    found = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def test_every_role_is_a_group_from_the_start() -> None:
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(ROLES)


@pytest.mark.parametrize("role", [role for role, rights in ROLES.items() if "*" not in rights])
def test_role_has_exactly_the_rights_of_its_list(role: str) -> None:
    listed = {
        f"{model.partition('.')[0]}.{action}_{model.partition('.')[2]}"
        for model, actions in ROLES[role].items()
        for action in actions
    }
    assert rights_of(role) == listed


def test_auditor_looks_at_everything_and_changes_nothing() -> None:
    views = Permission.objects.filter(codename__startswith="view_").count()
    assert len(rights_of("Auditor")) == views
    assert {right.partition(".")[2].partition("_")[0] for right in rights_of("Auditor")} == {"view"}


def test_manager_does_everything_but_delete() -> None:
    actions = {right.partition(".")[2].partition("_")[0] for right in rights_of("Manager")}
    assert actions == {
        "view",
        "add",
        "change",
        "process",
        "act",
        "archive",
        "merge",
        "retype",
        "approve",
        "export",
        "reverse",
        "check",
        "open",
        "release",
        "move",
    }
    assert len(rights_of("Manager")) == Permission.objects.exclude(codename__startswith="delete_").count()


def test_nobody_has_a_right_to_delete() -> None:
    assert [role for role in ROLES for right in rights_of(role) if ".delete_" in right] == []


def test_money_is_processed_by_few() -> None:
    assert [role for role in ROLES if "payments.process_payment" in rights_of(role)] == [
        "Cashier",
        "Finance",
        "Manager",
    ]


def test_few_act_for_people() -> None:
    assert [role for role in ROLES if "accounts.act_user" in rights_of(role)] == ["Front desk", "Manager"]


def test_right_that_was_lost_comes_back_and_one_that_was_added_stays() -> None:
    cashier = Group.objects.get(name="Cashier")
    extra = Permission.objects.get(codename="view_lot")
    cashier.permissions.remove(Permission.objects.get(codename="process_payment"))
    cashier.permissions.add(extra)
    make_roles()
    assert {"payments.process_payment", "permits.view_lot"} <= rights_of("Cashier")


def test_role_that_was_deleted_is_made_anew() -> None:
    before = rights_of("Cashier")
    Group.objects.get(name="Cashier").delete()
    make_roles()
    assert rights_of("Cashier") == before


def test_supervisor_looks_after_owners_exempt_plates_and_appeals() -> None:
    wanted = {"add_lookupbatch", "change_exemptplate", "view_appeal", "view_association"}
    assert {f"violations.{right}" for right in wanted} <= rights_of("Enforcement supervisor")
    assert "violations.change_appeal" not in rights_of("Enforcement supervisor")
