"""Where allauth's social accounts meet the portal: the provider is the operator's, not a row in the database."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.http import HttpRequest

from accounts.sso.oidc import OidcProvider


class SsoAdapter(DefaultSocialAccountAdapter):
    """Knows one provider. Its links carry the issuer as their provider, so a link is unique by (issuer, subject)."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        sso = settings.SSO
        if sso is None or provider not in (None, sso.issuer):
            return []
        app = SocialApp(
            provider="saml" if sso.saml else "openid_connect",
            provider_id=sso.issuer,
            name="SSO",
            client_id=sso.client_id,
            secret=sso.client_secret,
            settings={"server_url": sso.issuer},
        )
        return [app]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        app = self.get_app(request, provider=provider)
        if app.provider == "saml":
            from accounts.sso.saml import SamlProvider  # an extra, not there for everybody

            return SamlProvider(request, app=app)
        return OidcProvider(request, app=app)
