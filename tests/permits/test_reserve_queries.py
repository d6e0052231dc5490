"""What a reservation asks the database, which is most of what it costs."""

import pytest

from accounts.models import User
from opscom.lib.office import office, settings_once
from permits.models import PermitType
from permits.services.reserve import reserve_permit
from tests.factories import make_permit, make_vehicle, make_window
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("others", [1, 3])
def test_reserving_takes_seventeen_queries_however_many_have_a_place(resident: User, others: int) -> None:
    window, vehicle = make_window(), make_vehicle(resident)
    for _other in range(others):
        make_permit(window=window)
    with settings_once():
        office()
        with queries(17):
            reserve_permit(resident, window=window, vehicles=[vehicle])


def test_serial_goes_on_from_the_last_one_or_from_what_the_office_says(resident: User) -> None:
    window = make_window()
    serials = []
    for first in (0, 0, 500, 500):
        PermitType.objects.update(first_number=first)
        serials.append(make_permit(window=window).serial)
    assert serials == [0, 1, 500, 501]
