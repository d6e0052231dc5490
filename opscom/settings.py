"""Django settings. Secrets and addresses come from the environment (docs/operations.md lists every variable);
what an office decides for itself is a row, edited in the admin (`opscom.models.SystemSettings`)."""

import base64
import hashlib
import secrets
import sys
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from opscom.lib import sso

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# What kind of installation this is ------------------------------------------------------------------------------------
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

# Applications ---------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "modeltranslation",
    "opscom.apps.OfficeAdminConfig",
    "opscom.apps.OpscomConfig",
    "accounts",
    "vehicles",
    "payments",
    "permits",
    "violations",
    "lockers",
    "forms_module",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "accounts.apps.QuietUserSessionsConfig",
    "allauth.socialaccount",
    "django_otp",
    "django_otp.plugins.otp_email",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_fsm",
    "auditlog",
    "csp",
    "heroicons",
    "js_lib_bootstrap5",
    "phonenumber_field",
    "localflavor",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "opscom.middleware.NoNulMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "opscom.middleware.SettingsOncePerRequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "opscom.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "opscom.middleware.DeviceMiddleware",
    "opscom.middleware.ActingMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "opscom.middleware.AuditMiddleware",
    "opscom.middleware.PrivatePagesMiddleware",
    "opscom.middleware.SecondFactorMiddleware",
    "opscom.middleware.ProfileGateMiddleware",
]
ROOT_URLCONF = "opscom.urls"
WSGI_APPLICATION = "opscom.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

_loaders = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", _loaders)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "opscom.context.office",
            ],
            "builtins": ["opscom.templatetags.portal", "opscom.templatetags.icons"],
        },
    },
]
FORM_RENDERER = "opscom.lib.forms.PortalFormRenderer"

# Database and cache ---------------------------------------------------------------------------------------------------
_sqlite_options = "?transaction_mode=IMMEDIATE&timeout=20"
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'opscom.sqlite3'}{_sqlite_options}")
}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        **_database.get("OPTIONS", {}),
    }
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    _database["CONN_MAX_AGE"] = 600
    _database["CONN_HEALTH_CHECKS"] = True
    # A server that falls silent must not hold a worker for ever: the kernel gives the socket up after 10 seconds.
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 10000,
        "options": "-c jit=off",  # compiling a page's query takes seconds once its tables are large, running it milliseconds
        **_database.get("OPTIONS", {}),
    }
REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "opscom.lib.cache.PatientRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "opscom_cache"}
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Background work ------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 300,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
    }
else:
    for folder in ("queue", "control"):
        (VAR_DIR / folder).mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "queue"),
        "data_folder_out": str(VAR_DIR / "queue"),
        "control_folder": str(VAR_DIR / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds}
    for name, task, seconds in [
        ("send-due-mail", "accounts.tasks.send_due_mail", 20.0),
        ("send-due-texts", "accounts.tasks.send_due_texts", 20.0),
        ("end-overdue-acting", "accounts.tasks.end_overdue_acting", 60.0),
        ("scan-waiting-uploads", "accounts.tasks.scan_waiting_uploads", 60.0),
        ("process-stored-events", "payments.tasks.process_stored_events", 20.0),
        ("reconcile-payments", "payments.tasks.reconcile_payments", 60.0),
        ("compare-days", "payments.tasks.compare_days", 3600.0),
        ("check-books", "payments.tasks.check_books", 3600.0),
        ("reconcile-refunds", "payments.tasks.reconcile_refunds", 60.0),
        ("follow-refunds", "payments.tasks.follow_refunds", 3600.0),
        ("sweep-cards", "payments.tasks.sweep_cards", 60.0),
        ("warn-of-card-expiry", "payments.tasks.warn_of_expiry", 6 * 3600.0),
        ("collect-instalments", "payments.tasks.collect_instalments", 300.0),
        ("follow-payment-plans", "payments.tasks.follow_plans", 3600.0),
        ("expire-checkouts", "payments.tasks.expire_checkouts", 60.0),
        ("release-lapsed-holds", "permits.tasks.release_lapsed_holds", 60.0),
        ("remind-of-endings", "permits.tasks.remind_of_endings", 3600.0),
        ("remind-of-temporary-endings", "permits.tasks.remind_of_temporary_endings", 300.0),
        ("sweep-texted-parking", "permits.tasks.sweep_texted_parking", 60.0),
        ("sweep-waitlists", "permits.tasks.sweep_waitlists", 60.0),
        ("sweep-closures", "permits.tasks.sweep_closures", 60.0),
        ("sweep-rollovers", "permits.tasks.sweep_rollovers", 300.0),
        ("sweep-prints", "permits.tasks.sweep_prints", 60.0),
        ("announce-rollover-prices", "permits.tasks.announce_prices", 6 * 3600.0),
        ("release-lapsed-lockers", "lockers.tasks.release_lapsed_holds", 60.0),
        ("remind-of-locker-ends", "lockers.tasks.remind_of_endings", 3600.0),
        ("charge-late-fees", "violations.tasks.charge_late_fees", 1800.0),
        ("send-ticket-notices", "violations.tasks.send_notices", 1800.0),
        ("sweep-letters", "violations.tasks.sweep_letters", 60.0),
        ("follow-boots", "violations.tasks.follow_boots", 300.0),
        ("sweep-imports", "violations.tasks.sweep_imports", 60.0),
        ("sweep-permit-imports", "permits.tasks.sweep_imports", 60.0),
        ("look-at-evidence", "violations.tasks.look_at_waiting_evidence", 60.0),
        ("sweep-exports", "opscom.office.tasks.sweep_exports", 60.0),
        ("send-due-reports", "opscom.office.tasks.send_due_reports", 900.0),
        ("follow-merges", "opscom.office.tasks.follow_merges", 300.0),
        ("clear-devices", "accounts.tasks.clear_devices", 24 * 3600.0),
        ("end-what-is-over", "opscom.tasks.end_what_is_over", 24 * 3600.0),
        ("clear-sessions", "opscom.tasks.clear_sessions", 24 * 3600.0),
        ("beat-heart", "opscom.tasks.beat_heart", 15.0),
    ]
}

# People ---------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PortalBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "first_name", "last_name")}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# The password stays listed so that the login form keeps its field; the registration form drops it (it comes by e-mail).
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.RegistrationForm",
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ForgotPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.tokens.PasswordTokenGenerator"  # noqa: S105 (a dotted path)
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "lot_password": "5/15m/user,20/15m/ip",
    "ticket_search": "20/15m/user",
    "public_form": "20/15m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
OTP_EMAIL_TOKEN_VALIDITY = 900
OTP_EMAIL_COOLDOWN_DURATION = 30
OTP_EMAIL_THROTTLE_FACTOR = 1
OTP_STATIC_THROTTLE_FACTOR = OTP_TOTP_THROTTLE_FACTOR = 0  # the e-mail device counts the misses of all three
PHONENUMBER_DEFAULT_REGION = "CA"
PHONENUMBER_DB_FORMAT = "E164"

# Single sign-on -------------------------------------------------------------------------------------------------------
SSO = sso.configure(
    oidc_issuer=env.str("OIDC_ISSUER", default=""),
    oidc_client=(env.str("OIDC_CLIENT_ID", default=""), env.str("OIDC_CLIENT_SECRET", default="")),
    saml_metadata=(env.str("SAML_METADATA_URL", default=""), env.str("SAML_METADATA_FILE", default="")),
    saml_provider=env.str("SAML_IDP_ENTITY_ID", default=""),
    entity_id=env.str("SAML_ENTITY_ID", default=""),
    label=env.str("SSO_LABEL", default=""),
    domains=env.list("SSO_EMAIL_DOMAINS", default=[]),
    type_claim=env.str("SSO_TYPE_CLAIM", default=""),
    type_map=env.str("SSO_TYPE_MAP", default=""),
    trusts_email=env.bool("SSO_TRUST_EMAIL", default=False),
    trusts_second_factor=env.bool("SSO_TRUST_SECOND_FACTOR", default=False),
    creates_people=env.bool("SSO_CREATE_PEOPLE", default=True),
    password_url=env.str("SSO_PASSWORD_URL", default=""),
    hosts=env.list("SSO_HOSTS", default=[]),
)
SOCIALACCOUNT_ADAPTER = "accounts.sso.adapter.SsoAdapter"

# Language, place, money -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "opscom" / "locale"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="America/Toronto")
CURRENCY = env.str("CURRENCY", default="CAD")
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("en",)
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600

# Mail -----------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # the mailbox page shows the rows themselves
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="parking@example.edu")

# Card providers -------------------------------------------------------------------------------------------------------
CARD_PROVIDERS = {
    "stripe": "payments.providers.stripe.StripeProvider",
    "moneris": "payments.providers.moneris.MonerisProvider",
    "edgeexpress": "payments.providers.edgeexpress.EdgeExpressProvider",
    "bambora": "payments.providers.bambora.BamboraProvider",
    "sandbox": "payments.providers.sandbox.SandboxProvider",
    "offline": "payments.providers.offline.OfflineProvider",
}
CARD_PROVIDER = env.str("CARD_PROVIDER", default="sandbox" if DEMO else "stripe")
CARD_PROVIDER_TIMEOUT = env.float("CARD_PROVIDER_TIMEOUT", default=15.0)  # seconds
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_API_VERSION = "2026-10-28.endive"
MONERIS_STORE_ID = env.str("MONERIS_STORE_ID", default="")
MONERIS_API_TOKEN = env.str("MONERIS_API_TOKEN", default="")
MONERIS_CHECKOUT_ID = env.str("MONERIS_CHECKOUT_ID", default="")
MONERIS_ENVIRONMENT = env.str("MONERIS_ENVIRONMENT", default="prod")
_moneris_is_real = MONERIS_ENVIRONMENT == "prod"
MONERIS_CHECKOUT_HOST = env.str(
    "MONERIS_CHECKOUT_HOST", default=f"https://gateway{'' if _moneris_is_real else 't'}.moneris.com"
).rstrip("/")
MONERIS_GATEWAY_HOST = env.str(
    "MONERIS_GATEWAY_HOST", default="https://mpg1.moneris.io" if _moneris_is_real else "https://mpg1t.moneris.io"
).rstrip("/")
# Two signs each: who asks for the money, and whether the card was stored before (credential on file).
MONERIS_COF_ATTENDED = env.str("MONERIS_COF_ATTENDED", default="Z2")
MONERIS_COF_UNATTENDED = env.str("MONERIS_COF_UNATTENDED", default="R2")
EDGEEXPRESS_XWEBID = env.str("EDGEEXPRESS_XWEBID", default="")
EDGEEXPRESS_XWEBTERMINALID = env.str("EDGEEXPRESS_XWEBTERMINALID", default="")
EDGEEXPRESS_XWEBAUTHKEY = env.str("EDGEEXPRESS_XWEBAUTHKEY", default="")
EDGEEXPRESS_HOST = env.str("EDGEEXPRESS_HOST", default="https://ee.paygateway.com").rstrip("/")
BAMBORA_MERCHANT_ID = env.str("BAMBORA_MERCHANT_ID", default="")
BAMBORA_HASH_KEY = env.str("BAMBORA_HASH_KEY", default="")
BAMBORA_HASH_ALGORITHM = env.str("BAMBORA_HASH_ALGORITHM", default="sha1")
BAMBORA_PAYMENTS_PASSCODE = env.str("BAMBORA_PAYMENTS_PASSCODE", default="")
BAMBORA_PROFILES_PASSCODE = env.str("BAMBORA_PROFILES_PASSCODE", default="")
BAMBORA_REPORTING_PASSCODE = env.str("BAMBORA_REPORTING_PASSCODE", default="")
BAMBORA_CURRENCY = env.str("BAMBORA_CURRENCY", default=CURRENCY)
BAMBORA_TIME_ZONE = env.str("BAMBORA_TIME_ZONE", default="America/Vancouver")
BAMBORA_WEB_BASE = env.str("BAMBORA_WEB_BASE", default="https://web.na.bambora.com")
BAMBORA_API_BASE = env.str("BAMBORA_API_BASE", default="https://api.na.bambora.com")
SANDBOX_SECRET = env.str("SANDBOX_SECRET", default=SECRET_KEY)
if CARD_PROVIDER not in CARD_PROVIDERS:
    raise ImproperlyConfigured(f"CARD_PROVIDER is one of: {', '.join(CARD_PROVIDERS)}.")
if CARD_PROVIDER == "sandbox" and not DEMO:
    raise ImproperlyConfigured("The sandbox card provider is for trying: set CARD_PROVIDER=stripe, or DEMO=1.")

# Texts ----------------------------------------------------------------------------------------------------------------
TEXT_PROVIDERS = {
    "twilio": "accounts.text_providers.twilio.TwilioProvider",
    "phone": "accounts.text_providers.phone.PhoneProvider",
}
TEXT_WEBHOOK_BASE = env.str("TEXT_WEBHOOK_BASE", default=BASE_URL).rstrip("/")
TEXT_TIMEOUT = env.float("TEXT_TIMEOUT", default=10.0)  # seconds
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM_NUMBER = env.str("TWILIO_FROM_NUMBER", default="")
TWILIO_MESSAGING_SERVICE_SID = env.str("TWILIO_MESSAGING_SERVICE_SID", default="")
TWILIO_API_BASE = env.str("TWILIO_API_BASE", default="https://api.twilio.com").rstrip("/")

# Files ----------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = False
CLAMD_URL = env.str("CLAMD_URL", default="")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Browser security -----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Browsers hold the redirects of a posted form to this, too: to the card page, and to the organisation's login.
        "form-action": [
            SELF,
            "https://checkout.stripe.com",
            *([STRIPE_API_BASE] if STRIPE_API_BASE else []),
            *([EDGEEXPRESS_HOST] if EDGEEXPRESS_XWEBID else []),
            *([BAMBORA_WEB_BASE] if BAMBORA_MERCHANT_ID else []),
            *(SSO.hosts if SSO else []),
        ],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "display-capture", "microphone", "payment", "usb")
} | {"geolocation": ["self"]}  # where an officer writes a ticket, asked for by a button
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "opscom.views.errors.csrf_failure"

# Logs -----------------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "opscom.lib.logs.SecretsFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {
            "handlers": ["console"],
            "level": "INFO",
            "propagate": False,
        },  # its own lets secrets through
        "weasyprint": {"level": "WARNING"},  # it tells every step of every page
        "fontTools": {"level": "WARNING"},
    },
}
