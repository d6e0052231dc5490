"""What browsers are told for safety."""

from csp.constants import NONE, SELF

from opscom.settings.cards import (
    BAMBORA_MERCHANT_ID,
    BAMBORA_WEB_BASE,
    EDGEEXPRESS_HOST,
    EDGEEXPRESS_XWEBID,
    STRIPE_API_BASE,
)
from opscom.settings.environment import HTTPS, TRUSTED_PROXY_COUNT, env
from opscom.settings.people import SSO

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
