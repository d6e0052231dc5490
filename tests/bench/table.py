"""What was measured, as rows for people and for machines."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

HEAD = "| what | portal | beside it | ratio | goal | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    """One measurement: the portal's figure, what it is held against, and whether the goal is reached (None: a remark)."""

    what: str
    portal: str
    beside: str = ""
    ratio: float | None = None
    goal: str = ""
    reached: bool | None = None


def markdown(rows: list[Row]) -> str:
    """The rows as a table."""
    words = {True: "reached", False: "**not reached**", None: ""}
    lines = [
        f"| {row.what} | {row.portal} | {row.beside} | {'' if row.ratio is None else f'{row.ratio:.2f}'} | {row.goal} | {words[row.reached]} |"
        for row in rows
    ]
    return "\n".join([HEAD, *lines])


def write_json(path: Path, parts: dict[str, list[Row]]) -> None:
    """Everything of a run, with the machine it ran on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load": os.getloadavg(),
    }
    run = {
        "at": datetime.now(UTC).isoformat(),
        "machine": machine,
        "parts": {name: [asdict(row) for row in rows] for name, rows in parts.items()},
    }
    path.write_text(json.dumps(run, indent=2))
