"""Single sign-on: how a provider's answer becomes an identity. What an identity may open is `accounts.services.sso`."""
