"""Entry point of the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opscom.settings")
application = get_wsgi_application()

# The collector passes over what has been imported, and comes less often: a page makes thousands of objects, and hardly a ring of them.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
