"""What kind of installation this is: secrets, addresses and folders that the operator sets."""

import base64
import hashlib
import secrets
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=DEBUG)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG and len(sys.argv) > 1 and sys.argv[1] not in {"collectstatic", "compilemessages", "makemessages"}:
        raise ImproperlyConfigured("Set SECRET_KEY, or DEBUG=1 to try the portal.")
    key_file = VAR_DIR / "secret_key"
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(50))
    SECRET_KEY = key_file.read_text()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Keys (Fernet) that encrypt what must be read again; the first one seals, every one opens. Without one nothing is stored.
SEALING_KEYS = env.list("SEALING_KEYS", default=[])
if DEMO and not SEALING_KEYS:
    SEALING_KEYS = [base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode()]
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
