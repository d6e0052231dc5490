"""A company with a manager and a member, and their browsers."""

from dataclasses import dataclass, field

from django.test import Client

from accounts.models import Company, CompanyMembership, User
from tests.conftest import sign_in
from tests.factories import make_company, make_manager, make_member, make_user


@dataclass
class Staffed:
    """Dana manages Northfield Labs, Maya works there."""

    company: Company = field(default_factory=make_company)
    manager: CompanyMembership = field(init=False)
    member: CompanyMembership = field(init=False)
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.manager = make_manager(self.company, make_user(first_name="Dana", last_name="Reyes"))
        self.member = make_member(self.company, make_user(first_name="Maya", last_name="Okafor"))
        self.client = sign_in(Client(), self.manager.user)

    @property
    def person(self) -> User:
        """Whose account is entered."""
        return self.member.user

    def enter(self, client: Client | None = None) -> Client:
        """The manager's browser, acting for Maya."""
        client = client or self.client
        answer = client.post(f"/company/{self.member.code}/enter/", {"confirmed": "yes"})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/home/")
        return client
