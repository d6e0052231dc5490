"""The one door through which a row changes its state, on django-fsm-2's declared transitions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django_fsm import FSMField

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class StateModel(models.Model):
    """A model with protected state fields, which nothing but a transition may set.

    django-fsm-2's own mixin lifts the protection of the shared field while one thread reads its row anew, and another
    thread then trips over it; here only this instance forgets its state before it is read.
    """

    _read_anew: frozenset[str] = frozenset()

    class Meta:
        abstract = True

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Read the row again, state included."""
        fields = None if fields is None else list(fields)
        names = {
            field.name
            for field in self._meta.concrete_fields
            if isinstance(field, FSMField) and (fields is None or field.name in fields)
        }
        known = {name: self.__dict__.pop(name) for name in names & self.__dict__.keys()}
        self._read_anew = frozenset(known)
        try:
            super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        except BaseException:
            self.__dict__.update(known)
            raise
        finally:
            del self._read_anew

    def get_deferred_fields(self) -> set[str]:
        """A state that is being read anew is not deferred: left out, it would stay unprotected until somebody looks at it."""
        return super().get_deferred_fields() - self._read_anew


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

    `fields` are saved together with the state; a new row is stored with them, in the state that it reached. A transition that the row's state does not allow raises
    django_fsm.TransitionNotAllowed and writes nothing.
    """
    before = _take(row, transition, fields)
    row.save(update_fields=None if row.pk is None else ["state", *fields])
    _note(row, before, by, at, reason)


def change_states(
    rows: Sequence[models.Model],
    transition: str,
    *,
    by: "AbstractBaseUser | None" = None,
    at: datetime | None = None,
    reason: str = "",
) -> None:
    """The same for several locked rows of one kind, in two statements however many they are."""
    if not rows:
        return
    common = {"at": at or timezone.now(), "by": by, "reason": reason}
    before = [_take(row, transition, {}) for row in rows]
    after = [getattr(row, "state") for row in rows]  # noqa: B009
    type(rows[0])._base_manager.filter(pk__in=[row.pk for row in rows]).update(state=after[0])
    events: Any = getattr(rows[0], "events")  # noqa: B009
    events.bulk_create(
        events.model(**common, **{events.field.name: row}, from_state=was, to_state=now)
        for row, was, now in zip(rows, before, after, strict=True)
    )


def change_state_if_unchanged(
    row: models.Model,
    transition: str,
    *,
    by: "AbstractBaseUser | None" = None,
    at: datetime | None = None,
    reason: str = "",
    **fields: Any,
) -> bool:
    """The same on a row that nobody has locked, in one statement that locks it: where its state is another than the one that
    was read, nothing is written, the row is read anew, and the answer is False. Call it in a transaction."""
    before = _take(row, transition, fields)
    unchanged = type(row)._base_manager.filter(pk=row.pk, state=before)
    if not unchanged.update(state=getattr(row, "state"), **fields):  # noqa: B009
        row.refresh_from_db()
        return False
    _note(row, before, by, at, reason)
    return True


def _take(row: models.Model, transition: str, fields: dict[str, Any]) -> str:
    """Take the transition in memory; answers the state before."""
    before: str = getattr(row, "state")  # noqa: B009 (models in general have no such field; those passed here do)
    getattr(row, transition)()
    for name, value in fields.items():
        setattr(row, name, value)
    return before


def _note(row: models.Model, before: str, by: "AbstractBaseUser | None", at: datetime | None, reason: str) -> None:
    events: Any = getattr(row, "events")  # noqa: B009
    after = getattr(row, "state")  # noqa: B009
    events.create(at=at or timezone.now(), by=by, from_state=before, to_state=after, reason=reason)
