"""The printed permit beside bare WeasyPrint drawing the same page."""

import gc
import os
import time
from collections.abc import Callable
from statistics import median

from django.core.cache import cache
from django.template.loader import render_to_string
from weasyprint import CSS, HTML

from permits import pdf
from permits.models import Permit
from tests.bench.table import Row
from tests.bench.web import resident_megabytes
from tests.bench.world import World

TIMES = 15
BATCH = 160
GOAL_RATIO = 1.2
GOAL_GROWTH_MB = 10


def measure(world: World) -> list[Row]:
    """Warm, in turns; then a batch, looking at the memory."""
    permit = Permit.objects.filter(holder=world.resident, state=Permit.State.ACTIVE).select_related(
        "holder", "lot", "permit_type", "window"
    )[0]
    html, style = render_to_string("permits/pdf.html", pdf._context(permit, "en")), pdf._style()

    def portal() -> bytes:
        cache.clear()  # a copy that nobody has printed yet
        return pdf.permit_pdf(permit, language="en")

    def bare() -> bytes:
        return bytes(HTML(string=html).write_pdf(stylesheets=[CSS(string=style)], pdf_variant="pdf/ua-1"))

    first = _seconds(portal)
    bare()
    turns = [(_seconds(portal), _seconds(bare)) for _ in range(TIMES)]
    ours, theirs = (median(turn[side] for turn in turns) * 1000 for side in (0, 1))
    ratio = median(ours / theirs for ours, theirs in turns)
    return [
        Row(
            f"Permit PDF, warm ({len(portal()) / 1000:.0f} kB; first {first:.2f} s)",
            f"{ours:.0f} ms",
            f"WeasyPrint alone: {theirs:.0f} ms",
            ratio,
            "≤ 1.20",
            ratio <= GOAL_RATIO,
        ),
        Row("Permit PDF, printed before", f"{_seconds(lambda: pdf.permit_pdf(permit, language='en')) * 1000:.1f} ms"),
        batch(portal),
    ]


def batch(draw: Callable[[], bytes]) -> Row:
    """Memory after many permits, against after the first half of them."""
    sizes = []
    for number in range(1, BATCH + 1):
        draw()
        if number in (BATCH // 2, BATCH):
            gc.collect()
            sizes.append(resident_megabytes(os.getpid()))
    growth = sizes[1] - sizes[0]
    return Row(
        f"Memory after {BATCH // 2} and {BATCH} permit PDFs",
        f"{sizes[0]:.0f} to {sizes[1]:.0f} MB",
        goal=f"≤ {GOAL_GROWTH_MB} MB more",
        reached=growth <= GOAL_GROWTH_MB,
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
