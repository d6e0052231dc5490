"""Applications, what every request passes, templates."""

from opscom.settings.environment import BASE_DIR

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
    "opscom.office.taken.FilesTakenMiddleware",
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
            "loaders": [("opscom.lib.folding.Loader", _loaders)],
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
