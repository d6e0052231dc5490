"""`python -m tests.bench.soak`, called by bin/soak, which sets the environment."""

import signal
import sys

import django

signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is stopped
django.setup()  # before anything that imports models

from tests.bench.soak.run import main  # noqa: E402

sys.exit(main())
