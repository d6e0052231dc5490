"""Sessions in the database, found by a query that is put together once a process: every page of somebody known asks it."""

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from opscom.lib.prepared import prepared


@prepared
def _sessions(key: str, at: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=at)


class SessionStore(db.SessionStore):
    """Django's, which loses the key of a session that is not there."""

    def _get_session_from_db(self) -> Session | None:
        found = _sessions(self.session_key, timezone.now()) if self.session_key else []
        if not found:
            self._session_key = None
            return None
        return found[0]
