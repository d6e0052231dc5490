"""Steps that many journeys share."""

import time
from collections.abc import Callable

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import Group

from accounts.models import User
from tests.factories import make_user
from tests.journeys.visitor import Visitor

Visit = Callable[..., Visitor]
PASSWORD = "violet-harbour-91"
GOOD_CARD = "4242424242424242"


def make_staff(role: str) -> User:
    """A member of staff with that role and the password above."""
    user = make_user(first_name="Sam", last_name="Ito", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return give_password(user)


def give_password(user: User) -> User:
    """The password above, stored as the running portal stores passwords (this process has a quicker hasher)."""
    hasher = Argon2PasswordHasher()
    user.password = hasher.encode(PASSWORD, hasher.salt())
    user.save(update_fields=["password"])
    return user


def log_in(visitor: Visitor, user: User) -> None:
    """E-mail and password on the login page."""
    if "/login" not in visitor.page.url:
        visitor.page.goto("/login/")
    visitor.page.get_by_label("Email", exact=True).fill(user.email)
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.click("Log In")


def choose(visitor: Visitor, field: str, search: str, name: str) -> None:
    """Pick from a list of the office that searches while one types."""
    visitor.page.locator(f".field-{field} .select2-selection").click()
    visitor.page.locator(".select2-search__field").fill(search)
    visitor.page.locator(".select2-results__option", has_text=name).first.click()


def checkout(visitor: Visitor, method: str = "Credit Card") -> None:
    """From Payments, with everything ticked, to the choice of a method."""
    visitor.page.goto("/payments/")
    visitor.click("Continue to Checkout")
    visitor.page.get_by_label(method).check()


def fill_card(visitor: Visitor, card: str = GOOD_CARD) -> None:
    """The card provider's page; the sandbox's asks for one of its test cards."""
    page = visitor.page
    test_card = page.get_by_label("Test card that pays", exact=True)
    test_card.or_(page.get_by_label("Card number")).wait_for()
    if test_card.count():
        test_card.check()
        return
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiration date").fill("12/30")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Kim Person")


def pay_by_card(visitor: Visitor, card: str = GOOD_CARD) -> None:
    """Fill the provider's page and press its button."""
    fill_card(visitor, card)
    visitor.click("Pay Now")


def wait_until(what: Callable[[], object], seconds: float = 20) -> None:
    """Until that is so, looked at again and again."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)
