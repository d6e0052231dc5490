"""One-time passwords as a person comes by them."""

from django.conf import settings
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Mail, User
from accounts.services.factor_settings import begin_authenticator, confirm_authenticator
from accounts.services.second_factor import send_one_time_password
from tests.accounts.mailbox import code_in
from tests.accounts.office import PASSWORD
from tests.conftest import sign_in
from tests.factories import make_user


def person_with_password(**fields: object) -> User:
    """Somebody with the tests' password."""
    user = make_user(**fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def half_way(user: User) -> Client:
    """A browser that gave the password and not yet the code."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def all_the_way(user: User) -> Client:
    """A browser that needs no code, or has entered one."""
    client = sign_in(Client(), user)
    if user.second_factor and not user.is_staff:
        client.post("/one_time_password", {"code": mailed_code(user)})
    return client


def mailed_code(user: User) -> str:
    """A new code from the mail."""
    send_one_time_password(user)
    return code_in(Mail.objects.filter(kind="one_time_password", user=user).order_by("-pk")[0])


def app_code(device: TOTPDevice, *, steps: int = 0) -> str:
    """What the app shows now, or that many half minutes from now."""
    return f"{totp(device.bin_key, drift=steps):06d}"


def give_app(user: User) -> tuple[TOTPDevice, list[str]]:
    """An authenticator app that counts, and the backup codes that came with it. The code of now is used up."""
    device = begin_authenticator(user)
    codes = confirm_authenticator(user, device_id=device.pk, code=app_code(device))
    return device, codes
