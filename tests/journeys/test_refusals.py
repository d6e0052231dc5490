"""Pages that say no, and the mail of a forgotten password."""

from tests.factories import make_user
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, give_password


def test_refusals_say_what_is_so(visit: Visit, stack: Stack) -> None:
    visitor, user = visit("phone"), give_password(make_user())
    for path, name in [
        ("/nowhere/", "not found"),
        ("/verify/NOSUCHCODE/", "unknown code"),
        ("/activate/0-none/", "old link"),
    ]:
        visitor.page.goto(path)
        visitor.see(name)
    visitor.page.goto("/pay-ticket/")
    visitor.page.context.clear_cookies()
    visitor.click("Search")
    visitor.see("old form", heading="This form has grown old.")
    visitor.page.goto("/forgot-password/")
    visitor.page.get_by_label("Email", exact=True).fill(user.email)
    visitor.click("Send Reminder")
    assert stack.inbox.wait_for(user.email, "password")["To"] == user.email
    signed_in = visit("phone", user=user)
    signed_in.page.goto("/admin/")
    signed_in.see("no right", heading="This page is for the office.")
