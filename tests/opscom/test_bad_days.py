"""Bad input and bad days that every page shares."""

import pytest
from django.db import OperationalError, connections
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize(
    "path",
    [
        "/receipts/%00/",
        "/permits/a%00b/",
        "/tickets/%00/",
        "/checkout/%00/",
        "/verify/%00/",
        "/payments/return/%00/",
        "/login?next=%00",
    ],
)
def test_address_with_a_nul_names_nothing(resident_client: Client, path: str) -> None:
    assert resident_client.get(path).status_code == 404


def test_database_that_is_away_is_said_plainly(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("connection refused")

    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(type(connections["default"]), "cursor", away)
        response = client.get("/login")
        healthy = client.get("/healthz").status_code
    assert (response.status_code, response.headers["Retry-After"], healthy) == (503, "30", 200)
    assert "The portal takes a short break." in response.content.decode()


def test_fault_of_ours_is_a_plain_500(resident: User, resident_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("opscom.views.home.price_now", broken)
    monkeypatch.setattr("opscom.views.home.today", broken)
    resident_client.raise_request_exception = False
    response = resident_client.get("/home/")
    assert response.status_code == 500
    assert "secret detail" not in response.content.decode()
