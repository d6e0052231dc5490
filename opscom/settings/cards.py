"""Card providers."""

from django.core.exceptions import ImproperlyConfigured

from opscom.settings.environment import DEMO, SECRET_KEY, env
from opscom.settings.languages import CURRENCY

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
