"""Look a person up by whatever they say at the desk: a name, a plate, the number on a ticket or a permit."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.finding import person_conditions
from accounts.models import User
from opscom.lib.finding import found_by_any
from permits.models import Permit
from vehicles.models import VehicleOwner
from vehicles.plates import normalise_plate
from violations.models import Violation


def anything_of(term: str) -> Iterator[Q]:
    """What a typed text may be of a person, or of what is theirs; each has an index. Only what has a digit is a number or a
    plate, so that a name is looked up as quickly as before."""
    yield from person_conditions(term)
    if not re.search(r"\d", term):
        return
    yield Q(pk__in=Permit.objects.filter(number__startswith=term.upper()).order_by().values("holder"))
    yield Q(pk__in=_payers(number__startswith=_number(term)))
    if plate := normalise_plate(term):
        yield Q(pk__in=VehicleOwner.objects.filter(vehicle__plate__startswith=plate).values("user"))
        yield Q(pk__in=_payers(plate__startswith=plate))


def look_up(request: HttpRequest) -> HttpResponse:
    """To the one person who is meant; to the list of them where there are several, or nobody."""
    if not request.user.has_perm("accounts.view_user"):
        raise PermissionDenied
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    term = " ".join(request.GET.get("q", "").split())
    found = list(found_by_any(User.objects.all(), anything_of(term))[:2]) if term else []
    if len(found) == 1:
        return redirect("admin:accounts_user_change", found[0]["pk"])
    return redirect(f"{reverse('admin:accounts_user_changelist')}?{urlencode({'q': term})}")


def _payers(**ticket: Any) -> Any:
    return Violation.objects.filter(charge__payer__isnull=False, **ticket).order_by().values("charge__payer")


def _number(term: str) -> str:
    """A ticket's number without the PIN, which stands behind it and is no part of it."""
    return re.sub(r"^(.*\d)-[A-Z0-9]{2}$", r"\1", term.upper())
