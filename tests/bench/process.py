"""What one web process costs, how heavy pages are, and how quickly real tickets come in."""

import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from opscom.lib.append_only import rewriting_history
from tests.bench.load import hammer
from tests.bench.table import Row
from tests.bench.web import ROOT, cpu_seconds, most_megabytes, resident_megabytes
from tests.bench.world import World
from violations.models import Violation, ViolationEvent

BOOT = "import importlib, os, sys; importlib.import_module(sys.argv[1]); print('up', flush=True); sys.stdin.read()"
ASSET = re.compile(r'(?:href|src)="(/(?:static/|accent)[^"]+)"')
PAGES = ("/home/", "/permits/", "/payments/")
WARM_SECONDS, LOOK_SECONDS = 6, 0.1
DATA = Path(os.environ.get("CITATIONS", ROOT.parent / "shared" / "data" / "citations"))
SAMPLES = (2_000, int(os.environ.get("IMPORT", "12000")))


def worker(world: World) -> list[Row]:
    """Start of a process, and its memory then and under load."""
    cpu, memory = boot("opscom.wsgi", {})
    bare_cpu, bare_memory = boot("tests.bench.limit.wsgi", world.limit.environment)
    before = max(resident_megabytes(pid) for pid in world.portal.workers())
    looks = hammer(
        lambda number: world.at_portal(world.resident_session).get(PAGES[number]),
        range(len(PAGES)),
        seconds=WARM_SECONDS,
    )
    after = max(resident_megabytes(pid) for pid in world.portal.workers())
    return [
        Row("Web process: CPU to start", f"{cpu:.1f} s", f"limit: {bare_cpu:.1f} s", cpu / bare_cpu, "≤ 2 s", cpu <= 2),
        Row(
            "Web process: memory after import",
            f"{memory:.0f} MB",
            f"limit: {bare_memory:.0f} MB",
            memory / bare_memory,
            "≤ 160 MB",
            memory <= 160,
        ),
        Row(
            f"Web process: memory before and after {len(looks.times)} more pages",
            f"{before:.0f} to {after:.0f} MB",
            goal="≤ 200 MB",
            reached=after <= 200,
        ),
    ]


def boot(module: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """(CPU seconds, resident megabytes) of a process that has imported the application, the best of two."""
    found = []
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", BOOT, module],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n", module
        found.append((cpu_seconds(process.pid), resident_megabytes(process.pid)))
        process.communicate()
    return min(found)


def weight(world: World) -> list[Row]:
    """Compressed bytes that a browser loads: all of a page, and only the page where static files are kept already."""
    rows = []
    for path, session in [
        *((path, world.resident_session) for path in PAGES),
        (f"/tickets/{world.ticket.number}/", world.guest_session),
    ]:
        visitor = world.at_portal(session)
        page = visitor.get(path)
        assert page.status == 200, path
        warm = len(gzip.compress(page.body, 6)) / 1000
        assets = {asset.replace("&amp;", "&") for asset in ASSET.findall(page.text)}
        cold = warm + sum(_compressed(visitor.get(asset).body) for asset in assets) / 1000
        rows.append(
            Row(
                f"Weight of {path.split('/')[1]}",
                f"{cold:.1f} kB, warm {warm:.1f} kB",
                f"{len(assets)} files",
                None,
                "≤ 60 kB, warm ≤ 15 kB",
                cold <= 60 and warm <= 15,
            )
        )
    return rows


def _compressed(body: bytes) -> int:
    return len(gzip.compress(body, 9))  # as it is kept beside each static file


def imports(world: World) -> list[Row]:
    """Real tickets of New York through the import, two sizes."""
    source = DATA / "nyc_citations.csv.gz"
    if not source.exists():
        return [Row("Import of real tickets", "left out: no data beside the checkout")]
    lines = list(islice(_real_lines(source), SAMPLES[1] + 1))
    few, many = (import_rows(lines[: size + 1]) for size in SAMPLES)
    words = f"{SAMPLES[1] / many.seconds:.0f} rows/s, {SAMPLES[1] / many.cpu:.0f} a second of its own CPU"
    sizes = f"{few.megabytes:.0f} MB for {SAMPLES[0]:,}, {many.megabytes:.0f} MB for {SAMPLES[1]:,}"
    flat = many.megabytes - few.megabytes <= 15
    return [
        Row(
            f"Import of {SAMPLES[1]:,} real tickets",
            words,
            goal="≥ 1,000 rows/s",
            reached=SAMPLES[1] / many.seconds >= 1000,
        ),
        Row("Import: memory at its most", sizes, goal="flat (≤ 15 MB more)", reached=flat),
    ]


def _real_lines(source: Path) -> Iterator[str]:
    """The file's own lines, then its tickets again and again under other numbers."""
    with gzip.open(source, "rt", encoding="utf-8") as text:
        head, *rows = text
    yield from (head, *rows)
    for turn in count(2):
        yield from (f"{turn}X{row}" for row in rows)


@dataclass(frozen=True)
class Import:
    """What one import took."""

    seconds: float
    cpu: float
    megabytes: float


def import_rows(lines: list[str]) -> Import:
    """One import into an emptied list of tickets, its start included."""
    with rewriting_history():
        ViolationEvent.objects.filter(violation__source="nyc").delete()
    with rewriting_history():
        Violation.objects.filter(source="nyc").delete()
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        command = [
            sys.executable,
            "manage.py",
            "import_violations",
            file.name,
            "--mapping",
            "nyc",
            "--create-offences",
            "--fine",
            "65",
        ]
        with tempfile.TemporaryFile() as errors:
            start, most, ended = time.monotonic(), 0.0, 0
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors)
            while not ended:
                most = max(most, most_megabytes(process.pid))
                time.sleep(LOOK_SECONDS)
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            assert process.returncode == 0, errors.read().decode()[-2000:]
    return Import(time.monotonic() - start, usage.ru_utime + usage.ru_stime, most)
