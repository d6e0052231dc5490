"""Fixtures for the whole suite."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.test.utils import teardown_databases
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_email.models import EmailDevice
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from accounts.models import User
from opscom.celery import app
from tests.emptying import empty_database
from tests.factories import make_user
from tests.migrated import set_up_database
from tests.payments.bank import BOOKS, Books
from tests.payments.vault import Machine, VaultProvider
from tests.sample import is_drawn, left_out_of

hypothesis_settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy")  # other work on the machine is no fault of the code
HERE = Path(__file__).parent
ONCE = (
    "peers/",
    "tooling/",
    "payments/providers/",
    "test_access_matrix.py",
    "accounts/test_mail_texts.py",
    "violations/importing/test_real_files.py",
    "management/test_backup.py",
    "management/test_seed_demo_command.py",
)


WHOLE = (  # every repeat, in every run: what keeps people out, and what draws by itself
    "accounts/sso/",
    "accounts/views/test_acting.py",
    "accounts/views/test_gates.py",
    "accounts/views/test_sso",
    "lib/test_files.py",
    "payments/providers/",
    "payments/test_admin.py",
    "payments/test_companies.py",
    "payments/views/test_webhook.py",
    "permits/test_exchange.py",
    "test_access_matrix.py",
)
DIFFERENT = (
    "lib/test_prepared.py",
    "lib/test_sessions.py",
    "lockers/test_migrations.py",
)  # on SQLite in every run, too


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """ONE_FILE_IN=16 leaves out fifteen files of sixteen, before they cost anything."""
    one_in, name = int(os.environ.get("ONE_FILE_IN", "1")), collection_path.relative_to(HERE).as_posix()
    taken = collection_path.is_dir() or name in DIFFERENT or is_drawn(name, one_in=one_in)
    return None if taken else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What no database can change is marked, to run with one of them alone: what has none, and what is named above.
    ONE_REPEAT_IN=6 leaves out five repeats of six, but none of a race, of a rule of money, or of what must stay whole."""
    repeats = []
    for item in items:
        path = item.path.relative_to(HERE).as_posix()
        if path.startswith(ONCE) or not _has_database(item):
            item.add_marker(pytest.mark.once)
        guards = any(item.get_closest_marker(name) for name in ("race", "rule"))
        if not guards and not path.startswith(WHOLE):
            repeats.append(item.nodeid)
    left_out = left_out_of(repeats, one_in=int(os.environ.get("ONE_REPEAT_IN", "1")))
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left_out])
    items[:] = [item for item in items if item.nodeid not in left_out]


def pytest_collection_finish() -> None:
    """The collector passes over what has been imported, and comes less often: that is a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _has_database(item: pytest.Item) -> bool:
    asked = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """The test database, also where only journeys run (pytest-django's own fixture makes it for marked tests only)."""
    with django_db_blocker.unblock():
        old = set_up_database()
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":  # a process that has just ended may still be connected for a moment
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
                )
        teardown_databases(old, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    """After a test that commits, the database is emptied in a fraction of the time that Django's flush takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty_database())
        yield


@pytest.fixture(autouse=True)
def _fresh_cache(request: pytest.FixtureRequest) -> None:
    """Throttles and settings of one test do not reach the next."""
    for name in ("transactional_db", "db"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
            cache.clear()
            return
    if request.node.get_closest_marker("django_db"):  # a mark asks for the database without naming a fixture
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture(autouse=True)
def _tasks_stay_here() -> Iterator[None]:
    """Hints of one process go nowhere; tests that want work done call the task, or use `work_now`."""
    before = app.conf.broker_url, app.conf.task_always_eager
    app.conf.broker_url = "memory://"
    yield
    app.conf.broker_url, app.conf.task_always_eager = before


@pytest.fixture
def work_now(django_capture_on_commit_callbacks: Callable[..., object]) -> Iterator[None]:
    """What is hinted inside the test is done when `with work_now` would commit: tasks run at once, in this process."""
    app.conf.task_always_eager = True
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        yield


@pytest.fixture
def resident(db: None) -> User:
    """A person with a complete profile."""
    return make_user(email="resident@example.test", first_name="Ada", last_name="Reyes")


@pytest.fixture
def resident_client(resident: User) -> Client:
    """The resident's browser, signed in."""
    return sign_in(Client(), resident)


@pytest.fixture
def staff(db: None) -> User:
    """A member of staff with every right."""
    return make_user(email="office@example.test", first_name="Sam", last_name="Ito", is_staff=True, is_superuser=True)


@pytest.fixture
def staff_client(staff: User) -> Client:
    """The office's browser, signed in with its second factor."""
    return sign_in(Client(), staff)


@pytest.fixture
def bank(settings: Settings) -> Books:
    """A provider that gives back what it is asked to, its books empty."""
    settings.CARD_PROVIDERS = {**settings.CARD_PROVIDERS, "bank": "tests.payments.bank.Bank"}
    BOOKS.__init__()  # type: ignore[misc]
    return BOOKS


@pytest.fixture
def desk(db: None) -> User:
    """Finance, who asks for refunds."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Finance"))
    return user


@pytest.fixture
def vault(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The provider of this test keeps cards; answers its own side."""
    settings.CARD_PROVIDERS = settings.CARD_PROVIDERS | {"vault": "tests.payments.vault.VaultProvider"}
    settings.CARD_PROVIDER = "vault"
    machine = Machine()
    monkeypatch.setattr(VaultProvider, "machine", machine)
    return machine


def sign_in(client: Client, user: User) -> Client:
    """Sign a person in; staff with a verified one-time password. Cheaper than logging in, which has its own tests."""
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
    return client


def session_of(user: User) -> str:
    """The key of a new session of that person, second factor passed for staff."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    if user.is_staff:
        device, _new = EmailDevice.objects.get_or_create(user=user, defaults={"name": "e-mail", "confirmed": True})
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    key: str = session.session_key or ""
    return key
