"""A web process as gunicorn starts it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOK = "import gc, opscom.wsgi; print(gc.get_freeze_count() > 100_000, gc.get_threshold(), gc.isenabled())"


def test_collector_passes_over_what_a_web_process_has_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "opscom.settings", "SECRET_KEY": "x", "DEBUG": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "True (20000, 20, 20) True"
