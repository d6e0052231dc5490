"""Installations that must not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

START = [
    sys.executable,
    "-c",
    "import django; django.setup(); from django.urls import get_resolver; print([str(p.pattern) for p in get_resolver().url_patterns])",
]


def start(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    base = {"DJANGO_SETTINGS_MODULE": "opscom.settings", "SECRET_KEY": "x" * 60, "VAR_DIR": str(var)}
    return subprocess.run(
        START,
        env={**kept, **base, **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
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
