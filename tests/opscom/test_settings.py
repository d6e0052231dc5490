"""Installations that must not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

SHOW_ADDRESSES = "import django; django.setup(); from django.urls import get_resolver; print([str(p.pattern) for p in get_resolver().url_patterns])"


def start(var: Path, *, script: str = SHOW_ADDRESSES, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    base = {"DJANGO_SETTINGS_MODULE": "opscom.settings", "SECRET_KEY": "x" * 60, "VAR_DIR": str(var)}
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**kept, **base, **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_unknown_card_provider_does_not_start(tmp_path: Path) -> None:
    run = start(tmp_path, DEBUG="0", DEMO="0", CARD_PROVIDER="paypal")
    assert run.stderr.splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: "
        "CARD_PROVIDER is one of: stripe, moneris, edgeexpress, bambora, sandbox, offline."
    )


def test_sandbox_does_not_start_outside_a_demo(tmp_path: Path) -> None:
    run = start(tmp_path, DEBUG="0", DEMO="0", CARD_PROVIDER="sandbox")
    assert run.returncode != 0
    assert (
        run.stderr.strip().splitlines()[-1]
        == "django.core.exceptions.ImproperlyConfigured: The sandbox card provider is for trying: set CARD_PROVIDER=stripe, or DEMO=1."
    )


@pytest.mark.parametrize(
    ("environment", "shown"), [({"DEMO": "0", "DEBUG": "0"}, False), ({"DEMO": "1", "DEBUG": "0"}, True)]
)
def test_mailbox_is_part_of_a_demo_only(tmp_path: Path, environment: dict[str, str], shown: bool) -> None:
    run = start(tmp_path, STRIPE_SECRET_KEY="sk_test_x", STRIPE_WEBHOOK_SECRET="whsec_x", **environment)
    assert run.returncode == 0, run.stderr
    assert ("'mailbox/'" in run.stdout) is shown


OIDC = {
    "DEMO": "1",
    "OIDC_ISSUER": "https://id.campus.example/realms/campus",
    "OIDC_CLIENT_ID": "portal",
    "OIDC_CLIENT_SECRET": "secret",
    "SSO_EMAIL_DOMAINS": "campus.example",
}
SHOW_FORM_ACTION = 'from opscom.settings import *; print(CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"])'
WITHOUT_SAML = """
import sys
for name in ("onelogin", "xmlsec", "lxml"):
    sys.modules[name] = None
import django; django.setup()
from django.core.management import call_command
call_command("check")
"""


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [
        ({"CARD_PROVIDER": "stripe"}, ["'self'", "https://checkout.stripe.com"]),
        ({"CARD_PROVIDER": "moneris"}, ["'self'", "https://checkout.stripe.com"]),
        (
            {"CARD_PROVIDER": "stripe", "EDGEEXPRESS_XWEBID": "8000"},
            ["'self'", "https://checkout.stripe.com", "https://ee.paygateway.com"],
        ),
    ],
)
def test_form_leads_to_the_pages_of_the_providers_that_are_set_up(
    tmp_path: Path, environment: dict[str, str], hosts: list[str]
) -> None:
    run = start(tmp_path, script=SHOW_FORM_ACTION, DEBUG="0", **environment)
    assert run.stdout.strip() == str(hosts), run.stderr


def test_forms_may_lead_to_the_single_sign_on_providers_host_and_no_other(tmp_path: Path) -> None:
    usual = start(tmp_path, script=SHOW_FORM_ACTION, DEMO="1").stdout
    assert "campus" not in usual
    found = start(tmp_path, script=SHOW_FORM_ACTION, **OIDC).stdout
    assert found == usual.replace("]", ", 'https://id.campus.example']")
    more = start(tmp_path, script=SHOW_FORM_ACTION, **OIDC, SSO_HOSTS="https://adfs.campus.example").stdout
    assert more == usual.replace("]", ", 'https://id.campus.example', 'https://adfs.campus.example']")


def test_single_sign_on_that_does_not_fit_together_does_not_start(tmp_path: Path) -> None:
    run = start(tmp_path, **OIDC | {"OIDC_CLIENT_SECRET": ""})
    assert run.stderr.strip().splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET."
    )


@pytest.mark.parametrize("environment", [{"DEMO": "1"}, OIDC])
def test_portal_starts_without_the_saml_extra(tmp_path: Path, environment: dict[str, str]) -> None:
    run = start(tmp_path, script=WITHOUT_SAML, **environment)
    assert (run.returncode, run.stdout) == (0, "System check identified no issues (0 silenced).\n"), run.stderr
