"""`python -m tests.bench.report_file KEY FILE`: one report as a file, in a process of its own."""

import sys

import django

django.setup()  # before anything that imports models

from tests.bench.reports import take  # noqa: E402

sys.stdout.write(take(sys.argv[1], sys.argv[2]) + "\n")
