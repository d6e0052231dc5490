"""Make the migrated database that test processes copy, where it is not kept yet: python -m tests.prepare"""

import django
from django.test.utils import teardown_databases

django.setup()

from tests.migrated import set_up_database  # noqa: E402 (what it imports needs the apps)

if __name__ == "__main__":
    teardown_databases(set_up_database(), verbosity=0)
