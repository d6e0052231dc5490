"""Empty the database after a test that committed: only the tables that hold something, and never what every migration
leaves behind. Django's own flush empties all hundred and makes every permission and role anew, which takes seconds."""

from collections.abc import Sequence

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import EmailCategory
from accounts.services.preferences import make_categories
from payments.models import LedgerCode, PaymentMethod
from payments.services.bookkeeping import make_codes
from payments.services.methods import make_methods

KEPT = (MigrationRecorder.Migration, ContentType, Permission, Group, Group.permissions.through)
MADE_ANEW = ((EmailCategory, make_categories), (PaymentMethod, make_methods), (LedgerCode, make_codes))


def empty_database() -> None:
    """Leave it as a migration does. Tests do not change roles; what they change of the office's rows is made anew."""
    kept = {model._meta.db_table for model in KEPT}
    tables = _holding_something(sorted(set(connection.introspection.django_table_names(only_existing=True)) - kept))
    with transaction.atomic(), connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), tables, allow_cascade=True):
            cursor.execute(statement)
    for model, make in MADE_ANEW:
        if model._meta.db_table in tables:
            make()


def _holding_something(tables: Sequence[str]) -> list[str]:
    quote = connection.ops.quote_name
    asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]
