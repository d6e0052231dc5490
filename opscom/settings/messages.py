"""E-mails and texts."""

from opscom.settings.environment import BASE_URL, env

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # the mailbox page shows the rows themselves
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="parking@example.edu")

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
