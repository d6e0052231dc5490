"""The plate check for programs: JSON in and out, a token instead of a session. docs/plate-check.md describes it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from permits.models import PlateToken
from permits.plate_forms import PlateQueryForm
from permits.plate_words import notes, sentence
from permits.services.plate_check import Answer, check_plate, record_check
from permits.services.plate_tokens import Found, TokenRefused, TooManyChecks, find_token

OF_OTHERS = ("look-alike", "unpaid-tickets")  # for those alone who may know whose permit it is


@csrf_exempt
def plate_check(request: HttpRequest) -> JsonResponse:
    """Is this plate covered here now? No cookie counts; the token alone says who asks."""
    if request.method != "POST":
        text = _("Send the plate as JSON in a POST request, so that no log keeps it.")
        return _refuse(405, "method_not_allowed", text, {"Allow": "POST"})
    asked = _read(request)
    form = PlateQueryForm(asked or {})
    lot = form.cleaned_data.get("lot", "") if form.is_valid() else ""
    scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    at = timezone.now()
    try:
        if scheme.lower() != "bearer":
            raise TokenRefused(_("Send the token in the header Authorization: Bearer."))
        found = find_token(secret.strip(), lot=lot, at=at)
    except TokenRefused as error:
        return _refuse(401, error.code, error.message, {"WWW-Authenticate": 'Bearer realm="plate check"'})
    except TooManyChecks as error:
        return _refuse(429, error.code, error.message, {"Retry-After": str(error.wait)})
    with override(found.token.language):
        if asked is None:
            return _refuse(400, "not_json", _('Send a JSON object, for example {"plate": "CKRT418"}.'))
        return _answer(found, form, at)


def _answer(found: Found, form: PlateQueryForm, at: datetime) -> JsonResponse:
    """What a valid token gets to hear, in its language."""
    token = found.token
    if not form.is_valid():
        problems = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
        return _refuse(400, "invalid", " ".join(problems.values()), fields=problems)
    if form.cleaned_data["lot"] and found.lot is None:
        text = _("There is no lot with this code.")
        return _refuse(400, "unknown_lot", text, fields={"lot": text})
    lot = found.lot or token.lot
    if token.lot and lot != token.lot:
        return _refuse(403, "other_lot", _("This token is for another lot."))
    answer = check_plate(form.cleaned_data["plate"], region=form.cleaned_data["region"], lot=lot, at=at)
    record_check(answer, token=token)
    return JsonResponse(_as_json(answer, token))


def _as_json(answer: Answer, token: PlateToken) -> dict[str, Any]:
    """The answer in stable words, with a sentence for people beside each."""
    whole = token.scope == PlateToken.Scope.PERMIT
    said = [{"code": code, "message": text} for code, text in notes(answer).items() if whole or code not in OF_OTHERS]
    ends = timezone.localtime(answer.until).isoformat() if answer.until else None
    facts: dict[str, Any] = {
        "plate": answer.plate,
        "region": answer.region,
        "checked_at": timezone.localtime(answer.at).isoformat(timespec="seconds"),
        "verdict": str(answer.verdict),
        "covered": answer.covered,
        "until": ends,
        "grace_until": timezone.localtime(answer.grace_until).isoformat() if answer.grace_until else None,
        "message": sentence(answer),
        "notes": said,
    }
    if whole:
        permit = answer.permit
        facts["permit"] = permit and {
            "number": permit.number,
            "type": permit.permit_type.name,
            "lot": permit.lot.code,
            "lot_name": permit.lot.name,
        }
        facts["look_alikes"] = [{"plate": vehicle.plate, "region": vehicle.region} for vehicle in answer.alike]
    return facts


def _read(request: HttpRequest) -> dict[str, Any] | None:
    """The JSON object that was sent, or None."""
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig):
        return None
    return asked if isinstance(asked, dict) else None


def _refuse(status: int, word: str, text: str, headers: Mapping[str, str] | None = None, **more: Any) -> JsonResponse:
    return JsonResponse({"error": word, "message": text, **more}, status=status, headers=dict(headers or {}))
