"""Addresses of accounts. Names that start with account_ are allauth's, which asks for them by name."""

from django.urls import path, re_path

from accounts.views import (
    acting,
    activate,
    addresses,
    company,
    entrance,
    multiauth,
    one_time_password,
    profile,
    register,
    reset,
    security,
    sso,
)

urlpatterns = [
    path("", entrance.choose_language, name="language"),
    re_path(r"^login/?$", entrance.login, name="account_login"),
    path("login/sso/", sso.start, name="sso_start"),
    path("login/sso/callback/", sso.callback, name="sso_callback"),
    re_path(r"^logout/?$", entrance.logout, name="account_logout"),
    path("account/inactive/", entrance.inactive, name="account_inactive"),
    re_path(r"^one_time_password/?$", one_time_password.enter, name="one_time_password"),
    re_path(r"^account/send_email/?$", one_time_password.send, name="send_one_time_password"),
    re_path(r"^account/multiauth/?$", multiauth.settings, name="multiauth"),
    path("register/", register.create_account, name="account_signup"),
    path("register/sent/", register.sent, name="account_email_verification_sent"),
    path("activate/<str:key>/", activate.set_password, name="activate"),
    path("forgot-password/", reset.forgot, name="account_reset_password"),
    path("forgot-password/sent/", reset.sent, name="account_reset_password_done"),
    re_path(
        r"^reset-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        reset.update_password,
        name="account_reset_password_from_key",
    ),
    path("reset-password/done/", reset.done, name="account_reset_password_from_key_done"),
    path("profile/", profile.edit, name="profile"),
    path("addresses/", addresses.show, name="addresses"),
    path("addresses/<slug:kind>/", addresses.edit, name="edit_address"),
    path("addresses/<slug:kind>/remove/", addresses.remove, name="remove_address"),
    path("security/", security.overview, name="security"),
    path("security/password/", security.edit_password, name="change_password"),
    path("security/authenticator/", multiauth.authenticator, name="authenticator"),
    path("company/", company.list_members, name="company"),
    path("company/back/", acting.stop_acting, name="stop_acting"),
    path("company/consent/", acting.consent, name="acting_consent"),
    path("company/<str:code>/enter/", company.enter, name="company_enter"),
]
