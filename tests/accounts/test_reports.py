"""Texts and what they cost."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.factories import make_text
from tests.reporting import report_of

pytestmark = pytest.mark.django_db


def test_texts_by_month_and_kind() -> None:
    """The office's month; what was never sent costs nothing."""
    may, june = (
        datetime(2026, month, day, 23, 30, tzinfo=ZoneInfo("America/Toronto")) for month, day in ((5, 31), (6, 1))
    )
    make_text(created_at=may, segments=2, price=Decimal("0.0200"))
    make_text(created_at=may, state="failed")
    make_text(created_at=may, direction="in", state="received", price=Decimal("0.0075"))
    make_text(created_at=may, state="queued")
    make_text(created_at=june, kind="boot_code")
    rows, totals = report_of("texts", first="2026-05-01", last="2026-06-30")
    assert [[row[0], *row[2:]] for row in rows] == [
        ["May 2026", 1, 2, 1, 4, Decimal("0.0375")],
        ["June 2026", 0, 1, 0, 1, Decimal("0.0100")],
    ]
    assert totals[6] == Decimal("0.0475")
    rows, _totals = report_of("texts", first="2026-05-01", last="2026-06-30", kind="boot_code")
    assert [row[0] for row in rows] == ["June 2026"]
