"""What is kept of a SAML provider's answers: each is taken once, by the browser that asked."""

import hashlib
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import SamlAnswer
from accounts.sso.identity import Identity, not_finished

KEPT = timedelta(hours=1)  # at least; an answer to a request that is older than ten minutes is not taken anyway
CLOCKS_APART = timedelta(minutes=5)


def keep_answer(
    identity: Identity,
    *,
    assertion_id: str,
    request_id: str,
    good_until: datetime | None = None,
    at: datetime | None = None,
) -> SamlAnswer:
    """Remember a checked answer. SsoRefused where it was seen before, on whichever process."""
    at = at or timezone.now()
    SamlAnswer.objects.filter(expires_at__lt=at).delete()
    try:
        with transaction.atomic():
            return SamlAnswer.objects.create(
                assertion=hashlib.sha256(f"{identity.issuer} {assertion_id}".encode()).hexdigest(),
                request_id=request_id,
                identity=asdict(identity),
                expires_at=max(good_until or at, at + KEPT) + CLOCKS_APART,
            )
    except IntegrityError as error:
        raise not_finished() from error


@transaction.atomic
def take_answer(code: str) -> tuple[Identity, str]:
    """Whom the answer is about and which request it answers; the identity is given out once and then forgotten."""
    answer = SamlAnswer.objects.select_for_update().filter(code=code, identity__isnull=False).first()
    if answer is None:
        raise not_finished()
    told = cast(dict[str, Any], answer.identity)
    answer.identity = None
    answer.save(update_fields=["identity"])
    return Identity(**{**told, "kinds": tuple(told["kinds"])}), answer.request_id
