"""What an officer's phone keeps of the entry page."""

import json

from django.contrib.auth.models import Group
from django.test import Client

from tests.conftest import sign_in
from tests.factories import make_offence, make_user, make_violation
from tests.payments.views.page import soup

WRITE = "/admin/violations/violation/write/"


def kept(client: Client) -> dict[str, object]:
    """What the worker's script says that it keeps."""
    response = client.get(f"{WRITE}worker.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    first = response.content.decode().splitlines()[0]
    found: dict[str, object] = json.loads(first.removeprefix("const KEPT = ").removesuffix(";"))
    return found


def test_shell_has_the_form_and_names_nobody(db: None) -> None:
    officer = make_user(is_staff=True, first_name="Quentin", last_name="Ashdown")
    officer.groups.add(Group.objects.get(name="Enforcement"))
    client = sign_in(Client(), officer)
    own = make_violation(by=officer, number="TT-10133", pin="3K")
    own.officer = officer
    own.save(update_fields=["officer"])
    words = ("Quentin", "TT-10133", "csrfmiddlewaretoken")
    assert [word in client.get(WRITE).content.decode() for word in words] == [True] * 3
    shell = client.get(f"{WRITE}shell/")
    assert [word in shell.content.decode() for word in words] == [False] * 3
    form = soup(shell).select_one("form[data-shell]")
    assert form is not None
    assert [bool(form.select(f"[name={name}]")) for name in ("plate", "offence", "photos")] == [True] * 3


def test_worker_keeps_what_the_shell_needs_and_changes_with_it(staff_client: Client) -> None:
    before = kept(staff_client)
    page = soup(staff_client.get(f"{WRITE}shell/"))
    shown = {str(tag["src"]) for tag in page.select("script")} | {
        str(tag["href"]) for tag in page.select("link[rel=stylesheet]")
    }
    assert before["shell"] == f"{WRITE}shell/"
    assert shown - set(before["assets"]) == set()  # type: ignore[call-overload]
    assert kept(staff_client) == before
    make_offence(description="Blocks a hydrant")
    assert kept(staff_client)["version"] != before["version"]
