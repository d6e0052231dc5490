"""The office's settings: one set a request, and a change holds at once."""

import contextvars
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, models, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from opscom.celery import app
from opscom.lib.office import CACHE_KEY, office, save_settings, settings_once
from opscom.models import SystemSettings
from tests.lib.ports import free_port

pytestmark = pytest.mark.django_db
Commit = Callable[..., Any]


def without_redis(settings: Settings) -> None:
    settings.REDIS_URL = ""


def with_redis(settings: Settings) -> None:
    """The installation's Redis; where the run has none, a cache of this process stands in for it."""
    if not settings.REDIS_URL:
        settings.REDIS_URL = "redis://stands.in/0"
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


def with_dead_redis(settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "opscom.lib.cache.PatientRedisCache",
            "LOCATION": settings.REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 0.2},
        }
    }


@pytest.fixture(params=[without_redis, with_redis, with_dead_redis])
def any_cache(request: pytest.FixtureRequest, settings: Settings) -> str:
    request.param(settings)
    return str(request.param.__name__)


@pytest.fixture
def shared_cache(settings: Settings) -> None:
    with_redis(settings)


def elsewhere() -> SystemSettings:
    """What a request of another process reads."""
    return contextvars.Context().run(office)


def save(commit: Commit, **choices: Any) -> None:
    row = SystemSettings.objects.filter(pk=1).first() or SystemSettings()
    for name, value in choices.items():
        setattr(row, name, value)
    with commit(execute=True):
        save_settings(row)


def test_defaults_hold_before_anything_was_saved(any_cache: str) -> None:
    assert (office().office_name, office().pk) == ("Campus Parking", 1)
    assert SystemSettings.objects.count() == 0


def test_change_holds_at_once_for_everybody(any_cache: str, django_capture_on_commit_callbacks: Commit) -> None:
    assert elsewhere().phone == "519-555-0142"
    save(django_capture_on_commit_callbacks, phone="519-555-0199")
    assert (office().phone, elsewhere().phone) == ("519-555-0199", "519-555-0199")
    save(django_capture_on_commit_callbacks, phone="519-555-0100")
    assert elsewhere().phone == "519-555-0100"


def test_request_under_way_keeps_the_set_that_it_began_with(
    any_cache: str, django_capture_on_commit_callbacks: Commit
) -> None:
    with settings_once():
        before = office()
        save(django_capture_on_commit_callbacks, phone="519-555-0199")
        assert office() is before
        assert (office().phone, elsewhere().phone) == ("519-555-0142", "519-555-0199")
    assert office().phone == "519-555-0199"


def test_settings_are_read_once_a_request(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    without_redis(settings)
    with settings_once(), django_assert_num_queries(1):
        assert [office().phone for _ in range(5)] == ["519-555-0142"] * 5
    with django_assert_num_queries(2):
        office()
        office()


def test_settings_are_read_once_a_task(settings: Settings, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    without_redis(settings)

    @app.task(name="tests.read_the_office")
    def read_often() -> list[str]:
        return [office().phone for _ in range(5)]

    with django_assert_num_queries(1):
        assert read_often() == ["519-555-0142"] * 5


def test_request_that_asks_nothing_reads_nothing(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    without_redis(settings)
    with django_assert_num_queries(0), settings_once():
        pass


def test_request_inside_another_reads_for_itself(
    settings: Settings, django_capture_on_commit_callbacks: Commit
) -> None:
    without_redis(settings)
    with settings_once():
        office()
        save(django_capture_on_commit_callbacks, phone="519-555-0199")
        with settings_once():
            assert office().phone == "519-555-0199"
        assert office().phone == "519-555-0142"


def test_shared_cache_spares_the_row(
    shared_cache: None, django_capture_on_commit_callbacks: Commit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save(django_capture_on_commit_callbacks, phone="519-555-0199")
    with django_assert_num_queries(0):
        assert [elsewhere().phone for _ in range(3)] == ["519-555-0199"] * 3


def test_cache_that_lost_it_falls_back_to_the_row(
    shared_cache: None, django_capture_on_commit_callbacks: Commit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save(django_capture_on_commit_callbacks, phone="519-555-0199")
    cache.delete(CACHE_KEY)
    with django_assert_num_queries(1):
        assert [elsewhere().phone for _ in range(3)] == ["519-555-0199"] * 3


def test_dead_cache_falls_back_to_the_row(
    settings: Settings, django_capture_on_commit_callbacks: Commit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with_dead_redis(settings)
    save(django_capture_on_commit_callbacks, phone="519-555-0199")
    with django_assert_num_queries(1):
        assert office().phone == "519-555-0199"


def test_change_that_is_undone_never_reaches_the_cache(
    shared_cache: None, django_capture_on_commit_callbacks: Commit
) -> None:
    save(django_capture_on_commit_callbacks, phone="519-555-0100")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        row = SystemSettings.objects.get()
        row.phone = "519-555-0199"
        save_settings(row)
        transaction.set_rollback(True)
    assert elsewhere().phone == "519-555-0100"


def test_slow_reader_does_not_put_the_old_set_over_the_new_one(
    shared_cache: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Commit
) -> None:
    save(django_capture_on_commit_callbacks, phone="519-555-0100")
    cache.delete(CACHE_KEY)
    first = models.QuerySet.first

    def slowly(rows: models.QuerySet[SystemSettings]) -> SystemSettings | None:
        row = first(rows)
        monkeypatch.setattr(models.QuerySet, "first", first)
        save(django_capture_on_commit_callbacks, phone="519-555-0199")
        return row

    monkeypatch.setattr(models.QuerySet, "first", slowly)
    assert elsewhere().phone == "519-555-0100"
    assert elsewhere().phone == "519-555-0199"


def test_there_is_one_row_whatever_is_saved(django_capture_on_commit_callbacks: Commit) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        save_settings(SystemSettings(pk=7, phone="519-555-0100"))
        save_settings(SystemSettings(phone="519-555-0199"))
    assert list(SystemSettings.objects.values_list("pk", "phone")) == [(1, "519-555-0199")]
    with pytest.raises(IntegrityError), transaction.atomic():
        SystemSettings.objects.create(pk=2)
