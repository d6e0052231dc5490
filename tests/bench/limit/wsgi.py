"""Entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.limit.settings"
application = get_wsgi_application()
