"""From a form that the office builds to one that it approves (FRM-1)."""

import pytest
from playwright.sync_api import expect

from forms_module.models import FormDefinition, Submission
from tests.documents import picture
from tests.factories import make_form, make_user, make_vehicle
from tests.journeys.inbox import plain_text
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff


def make_moving_form(name: str) -> FormDefinition:
    """Two pages, a question that hangs on another one, a vehicle and a file."""
    return make_form(
        {"key": "day", "kind": "date", "label": "Which day do you move?", "required": True},
        {"key": "van", "kind": "choice", "label": "Do you bring a van?", "choices_en": "Yes\nNo", "required": True},
        {
            "key": "metres",
            "kind": "number",
            "label": "How long is it, in metres?",
            "shown_when": "van",
            "shown_value": "Yes",
            "required": True,
        },
        {
            "key": "help",
            "kind": "choices",
            "label": "What do you need?",
            "choices_en": "Trolley\nLift key\nLoading bay",
        },
        {"key": "car", "kind": "vehicle", "label": "Your own vehicle", "starts_page": True},
        {"key": "lease", "kind": "file", "label": "Your lease", "help_text": "PDF, PNG or JPG, 12 MB at most."},
        {"key": "note", "kind": "long_text", "label": "Anything else"},
        {"key": "rules", "kind": "agree", "label": "I leave the loading bay as I found it.", "required": True},
        name=name,
        description="Tell us when you move in, and we keep the loading bay free for you.",
        notify_email="forms@office.test",
    )


@pytest.mark.guide("FRM-1")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_form_is_submitted_and_approved(kind: str, visit: Visit, stack: Stack) -> None:
    name = f"Move-in by {kind}"  # both kinds share the portal
    form = make_moving_form(name)
    user = make_user(first_name="Maya", last_name="Okafor")
    vehicle = make_vehicle(user)
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/home/")
    page.locator("summary").first.click()
    visitor.follow("Forms")
    visitor.see("forms", heading="Forms")
    page.locator("article", has_text=name).get_by_role("button", name="Open Form").click()
    page.wait_for_url("**/forms/answers/*/")
    metres = page.get_by_label("How long is it, in metres?")
    expect(metres).to_be_hidden()
    page.get_by_label("Which day do you move?").fill("2026-09-01")
    page.get_by_label("Yes").check()
    metres.fill("6.5")
    page.get_by_label("Loading bay").check()
    visitor.see("first page", heading=name)
    visitor.click("Next")
    page.wait_for_url("**page=2")
    page.get_by_label("Your own vehicle").select_option(label=str(vehicle))
    page.get_by_label("Your lease").set_input_files(
        {"name": "lease.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    visitor.click("Submit")
    visitor.says("Tick the box to agree")
    visitor.see("what is missing")
    page.get_by_label("I leave the loading bay as I found it.").check()
    page.get_by_label("Your lease").set_input_files(
        {"name": "lease.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    visitor.click("Submit")
    green = page.locator(".callout.is-paid")
    expect(green).to_contain_text("Your form was sent to the parking office.")
    visitor.see("submitted", heading=name)
    submission = Submission.objects.get(form=form)
    mail = stack.inbox.wait_for("forms@office.test", f"{name}: submitted by Maya Okafor")
    assert f"/admin/forms_module/submission/{submission.pk}/change/" in plain_text(mail)

    office = visit("desk", user=make_staff("Front desk"))
    office.page.goto(f"/admin/forms_module/submission/{submission.pk}/change/")
    office.see("review")
    office.page.get_by_label("Comment:").fill("The bay is yours from 9 to 12.")
    office.click("Approve")
    office.page.wait_for_url("**/admin/forms_module/submission/")
    assert "9 to 12" in plain_text(stack.inbox.wait_for(user.email, f"{name}: approved"))
    page.reload()
    visitor.says("The bay is yours from 9 to 12.")
    visitor.see("approved")


def test_office_builds_a_form(visit: Visit) -> None:
    form = make_moving_form("Move-in help")
    visitor = visit("desk", user=make_staff("Permit manager"))
    page = visitor.page
    page.goto("/admin/forms_module/formdefinition/")
    visitor.see("forms of the office")
    page.goto(f"/admin/forms_module/formdefinition/{form.pk}/change/")
    visitor.see("building a form")
    page.locator("#id_fields-0-label_en").fill("On which day do you move?")
    page.locator("input[name=_publish]").click()
    visitor.says("Version 2 is published.")
    page.goto(f"/admin/forms_module/formdefinition/{form.pk}/preview/")
    visitor.see("preview", heading="Move-in help")
