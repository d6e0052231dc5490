"""Find people as an office does: by address, name, telephone or number."""

import re
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from accounts.models import User
from opscom.lib.finding import found_by_any

LEAST_DIGITS = 6


def person_conditions(term: str) -> Iterator[Q]:
    """What a typed text may be of a person; each has an index (migration `finding`)."""
    yield Q(email__startswith=term.lower())
    yield Q(organisation_number__startswith=term)
    first, _blank, rest = term.partition(" ")
    if rest:
        yield Q(first_name__istartswith=first, last_name__istartswith=rest)
        yield Q(last_name__istartswith=first.rstrip(","), first_name__istartswith=rest)
    yield Q(last_name__istartswith=term)
    yield Q(first_name__istartswith=term)
    digits = re.sub(r"\D", "", term)
    if len(digits) >= LEAST_DIGITS:
        yield Q(phone__startswith=f"+{digits}")
        yield Q(phone__startswith=f"+1{digits}")


def people_found(term: str) -> QuerySet[User]:
    """Keys of the people whom the text may mean, for `holder__in=…`."""
    return found_by_any(User.objects.all(), person_conditions(term))
