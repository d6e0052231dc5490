"""The one door through which a row changes its state."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


def change_state(
    row: models.Model,
    transition: str,
    *,
    by: "AbstractBaseUser | None" = None,
    at: datetime | None = None,
    reason: str = "",
    **fields: Any,
) -> None:
    """Take the declared transition of that name on a row that the caller has locked, and append its event.

    `fields` are saved together with the state. A transition that the row's state does not allow raises
    django_fsm.TransitionNotAllowed and writes nothing.
    """
    before = getattr(row, "state")  # noqa: B009 (models in general have no such field; those passed here do)
    getattr(row, transition)()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *fields])
    after = getattr(row, "state")  # noqa: B009
    events: Any = getattr(row, "events")  # noqa: B009
    events.create(at=at or timezone.now(), by=by, from_state=before, to_state=after, reason=reason)
