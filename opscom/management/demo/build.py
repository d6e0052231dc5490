"""Write the whole demo office, all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import override

from opscom.lib.office import settings_once
from opscom.management.demo.appeals import add_appeals
from opscom.management.demo.boots import make_boots
from opscom.management.demo.cards import roll_over
from opscom.management.demo.companies import fill_company, make_company
from opscom.management.demo.desk import give_and_take, make_taxes, plan_drawers
from opscom.management.demo.forms import make_forms
from opscom.management.demo.history import run_steps, tidy_mail
from opscom.management.demo.leavers import archive_and_close
from opscom.management.demo.letters import post_letters, send_to_agency
from opscom.management.demo.lots import make_lots, shrink_oversold
from opscom.management.demo.office import make_lockers, make_offences, make_settings, make_user_types
from opscom.management.demo.papers import add_papers
from opscom.management.demo.people import make_people, make_vehicles
from opscom.management.demo.pictures import add_photos
from opscom.management.demo.plans import agree_to_plan
from opscom.management.demo.reports import schedule_reports
from opscom.management.demo.residents import plan_incidents, plan_residents
from opscom.management.demo.sales import plan_sales
from opscom.management.demo.security import guard_accounts
from opscom.management.demo.texting import park_by_text
from opscom.management.demo.tickets import plan_tickets, spare_plates
from opscom.management.demo.visitors import plan_visitors
from opscom.management.demo.waitlists import make_waitlist
from opscom.management.demo.world import World, seeded_codes
from payments.services.checkouts import expire_open_checkouts
from permits.services.reserve import release_lapsed_holds


def build_demo(*, seed: int, scale: float, at: datetime) -> World:
    """The demo office as of that moment, drawn from that seed."""
    world = World(rng=Random(seed), now=at, scale=scale)  # noqa: S311 (a demo, not a secret)
    with override("en"), transaction.atomic(), seeded_codes(Random(f"codes {seed}")):  # noqa: S311
        rules = make_settings()
        hints = len(connection.run_on_commit)
        with settings_once(rules), demo_settings():
            _write(world)
        # What the services hinted at is either done (old mail) or found by the sweeps: no thousand tasks for the worker.
        del connection.run_on_commit[hints:]
    return world


def _write(world: World) -> None:
    make_user_types(world)
    make_offences(world)
    make_taxes()
    make_lots(world)
    make_people(world)
    make_vehicles(world)
    make_company(world)
    make_lockers(world)
    tickets = [*plan_residents(world), *plan_incidents(world)]
    plan_drawers(world)
    plan_sales(world)
    plan_visitors(world)
    plan_tickets(world, tickets)
    spare_plates(world)
    run_steps(world)
    guard_accounts(world)
    fill_company(world)
    release_lapsed_holds(at=world.now)
    expire_open_checkouts(at=world.now)
    make_boots(world)
    roll_over(world)
    park_by_text(world)
    give_and_take(world)
    shrink_oversold(world)
    make_waitlist(world)
    add_photos(world)
    add_papers(world)
    add_appeals(world)
    schedule_reports(world)
    post_letters(world)
    send_to_agency(world)
    agree_to_plan(world)
    make_forms(world)
    archive_and_close(world)
    tidy_mail()


@contextmanager
def demo_settings() -> Iterator[None]:
    """Cards go to the sandbox provider, whatever is configured. And with DEBUG on, Django keeps a readable copy of every
    query, which would take longer than the queries do."""
    before = settings.CARD_PROVIDER, settings.DEBUG
    settings.CARD_PROVIDER, settings.DEBUG = "sandbox", False
    try:
        yield
    finally:
        settings.CARD_PROVIDER, settings.DEBUG = before
