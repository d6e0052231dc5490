"""Reports over many payments: the time until the last byte, and how much memory that takes."""

import subprocess
import sys
import time
from collections.abc import Iterable

from django.http import StreamingHttpResponse

from opscom.lib.reports import find_report
from opscom.office.reports.asking import form_of
from opscom.office.reports.files import FILES
from tests.bench.history import History
from tests.bench.table import Row
from tests.bench.web import most_megabytes
from tests.bench.world import World

MOST_SECONDS = 60
MOST_MEGABYTES = 300
WHAT = (
    ("receipts-by-method", "csv"),
    ("receipts-by-ledger-code", "csv"),
    ("revenue", "csv"),
    ("receipts", "csv"),
    ("receipts", "xlsx"),
)
ALL_DAYS = {"first": "2000-01-01", "last": "2100-01-01"}


def measure(world: World) -> list[Row]:
    """Grow the office's history, and take each file in a process of its own, whose memory is then its alone."""
    History().grow(world.rows)
    return [_one(key, file, world.rows) for key, file in WHAT]


def _one(key: str, file: str, rows: int) -> Row:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.report_file", key, file]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, processor, megabytes, size = (float(figure) for figure in answer.stdout.split()[-4:])
    return Row(
        f"Report {key} as {file.upper()}, {rows:,} payments",
        f"{seconds:.1f} s, of them {processor:.1f} s of processor here, {megabytes:.0f} MB, {size:.1f} MB sent",
        goal=f"≤ {MOST_SECONDS} s, ≤ {MOST_MEGABYTES} MB",
        reached=seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES,
    )


def take(key: str, file: str) -> str:
    """Seconds, those of this process's processor, the most memory that it had in MB, and how many MB were sent."""
    report = find_report(key)
    assert report is not None
    form = form_of(report, ALL_DAYS)
    assert form.is_valid(), form.errors
    start, busy = time.perf_counter(), time.process_time()
    answer = FILES[file](report, form, key)
    assert isinstance(answer, StreamingHttpResponse)
    parts: Iterable[bytes] = answer.streaming_content  # type: ignore[assignment]
    size = sum(len(part) for part in parts)
    seconds, processor = time.perf_counter() - start, time.process_time() - busy
    return f"{seconds:.2f} {processor:.2f} {most_megabytes():.0f} {size / 1_000_000:.2f}"
