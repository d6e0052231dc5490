"""How much must have happened, so that what holds was put to the test."""

from collections import Counter

LEAST_A_MINUTE = {
    "good answers": 30.0,
    "reserved": 3.0,
    "card succeeded": 3.0,
    "card declined": 1.0,
    "captured": 3.0,
    "given back": 0.5,
    "payments settled": 5.0,
    "promised": 0.5,
    "promise processed": 0.5,
    "refund asked for": 1.0,
    "appealed": 0.5,
    "appeal decided": 0.5,
    "text answered": 3.0,
    "parked by text": 0.5,
}
TROUBLES_A_MINUTE = 1.0


def dead_parts(counts: Counter[str], *, minutes: float) -> list[str]:
    """What happened less often than a day of so many minutes has it, even on a slow machine; trouble, too."""
    found = Counter(counts) + Counter(
        trouble=sum(n for what, n in counts.items() if what.startswith(("trouble: ", "killed: ")))
    )
    least = LEAST_A_MINUTE | {"trouble": TROUBLES_A_MINUTE}
    wanted = {what: max(1, int(rate * minutes)) for what, rate in least.items()}
    return [f"only {found[what]} of at least {count}: {what}" for what, count in wanted.items() if found[what] < count]
