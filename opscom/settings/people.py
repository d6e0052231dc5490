"""Accounts, login, second factor, single sign-on."""

from opscom.lib import sso
from opscom.settings.environment import TRUSTED_PROXY_COUNT, env

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
    "plate_question": "10/h/user",
    "ticket_search": "20/15m/user",
    "public_form": "20/15m/ip",
    "plan_link": "10/d/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
OTP_EMAIL_TOKEN_VALIDITY = 900
OTP_EMAIL_COOLDOWN_DURATION = 30
OTP_EMAIL_THROTTLE_FACTOR = 1
OTP_STATIC_THROTTLE_FACTOR = OTP_TOTP_THROTTLE_FACTOR = 0  # the e-mail device counts the misses of all three
PHONENUMBER_DEFAULT_REGION = "CA"
PHONENUMBER_DB_FORMAT = "E164"

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
