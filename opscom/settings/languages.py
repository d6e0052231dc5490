"""Language, place, money."""

from django.utils.translation import gettext_lazy as _

from opscom.settings.environment import BASE_DIR, env

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
