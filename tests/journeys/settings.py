"""The portal as an office runs it (DEBUG off, so errors have their own pages), with the demo parts; style sheets come
from where they are written."""

import os

os.environ["DEBUG"] = "0"
os.environ["DEMO"] = "1"

from opscom.settings import *
from opscom.settings import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
