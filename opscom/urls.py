"""Addresses. A path ends in a slash; the five that the guide names answer with and without."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from opscom.views import closing, guides, health, history, home, look, mailbox, my_data, phone, verify

urlpatterns = [
    path("home/", home.show_home, name="home"),
    path("history/", history.show_history, name="history"),
    path("history/csv/", history.export_history, name="history_csv"),
    path("history/mail/<str:key>/", history.show_mail, name="history_mail"),
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/<str:code>/", my_data.download, name="my_data_file"),
    path("close-account/", closing.close_own_account, name="close_account"),
    path("help/", guides.show_user_guide, name="help"),
    path("verify/<str:code>/", verify.show_verification, name="verify"),
    path("accent.css", look.accent, name="accent"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("vehicles.urls")),
    path("", include("permits.urls")),
    path("", include("lockers.urls")),
    path("", include("permits.waitlist_urls")),
    path("", include("forms_module.urls")),
    path("", include("violations.urls")),
    path("", include("payments.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("mailbox/", mailbox.list_mail, name="mailbox"))
    urlpatterns.append(path("mailbox/<int:pk>/", mailbox.show_mail, name="mailbox_mail"))
    urlpatterns.append(path("phone/", phone.show_phone, name="phone"))

handler403 = "opscom.views.errors.forbidden"
handler404 = "opscom.views.errors.not_found"
handler500 = "opscom.views.errors.server_error"
