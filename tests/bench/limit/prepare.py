"""Make the limit's tables and rows, and print the key of a session: `python -m tests.bench.limit.prepare`."""

import os

import django
from django.core.management import call_command


def main() -> None:
    """Everything from nothing."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.limit.settings"
    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    from tests.bench.limit.models import Item, Place

    call_command("migrate", run_syncdb=True, verbosity=0)
    Place.objects.create(pk=1, spaces=5)
    Item.objects.bulk_create(Item(shelf=n // 3, name=f"Item {n}", price=n % 90) for n in range(10_000))
    user = User.objects.create_user("ada", "ada@example.test")
    session = SessionStore()
    session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend"})
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    print(session.session_key)  # noqa: T201


if __name__ == "__main__":
    main()
