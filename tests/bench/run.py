"""Run the chosen measurements, print the table, keep the figures."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import checks, documents, lists, orders, pages, person, process, reports, texts, tickets, webhooks
from tests.bench.table import Row, markdown, write_json
from tests.bench.world import World, open_world

ARTIFACT = Path("var/artifacts/bench.json")
PARTS: dict[str, Callable[[World], list[Row]]] = {
    "home": pages.home,
    "permits": pages.permits,
    "payments": pages.payments,
    "ticket": pages.ticket,
    "race": orders.race_for_places,
    "order": orders.flow,
    "webhook": webhooks.measure,
    "text": texts.measure,
    "pdf": documents.measure,
    "weight": process.weight,
    "worker": process.worker,
    "check": checks.measure,
    "history": person.measure,
    "stock": checks.stock,
    "lists": lists.measure,
    "tickets": tickets.measure,
    "reports": reports.measure,
    "import": process.imports,
}


def main(arguments: list[str]) -> int:
    """0 when everything could be measured, whether or not goals are reached."""
    options = _parse(arguments)
    done: dict[str, list[Row]] = {}
    try:
        with open_world(options.rows) as world:
            for name in [name for name in PARTS if name in (options.names or PARTS)]:
                start = time.monotonic()
                done[name] = PARTS[name](world)
                print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)  # noqa: T201
    finally:  # what was measured before something broke is worth having
        print(markdown([row for rows in done.values() for row in rows]))  # noqa: T201
        write_json(ARTIFACT, done)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure the portal beside a bare Django.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(PARTS)} (all)")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the long lists (200000)")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options
