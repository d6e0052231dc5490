"""Who acts for whom, as event rows read it."""

import pytest
from django.utils import timezone

from accounts.models import AccountEvent
from opscom.lib.acting import acting_as, current_actor
from tests.factories import make_permit, make_user


def test_nobody_acts_outside_of_it() -> None:
    with acting_as(7):
        assert current_actor() == 7
        with acting_as(None):
            assert current_actor() is None
        assert current_actor() == 7
    assert current_actor() is None


def test_it_ends_with_an_error() -> None:
    with pytest.raises(ValueError, match="no"), acting_as(7):
        raise ValueError("no")
    assert current_actor() is None


@pytest.mark.django_db
def test_event_rows_note_who_acted() -> None:
    actor, person = make_user(), make_user()
    with acting_as(actor.pk):
        permit = make_permit(person)
        AccountEvent.objects.create(user=person, verb="password_changed", by=person)
    AccountEvent.objects.create(user=person, verb="password_changed", by=person, at=timezone.now())
    assert [(event.by, event.acting) for event in permit.events.all()] == [(person, actor)]
    assert [event.acting for event in AccountEvent.objects.order_by("pk")] == [actor, None]
