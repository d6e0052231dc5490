"""Addresses of tickets."""

from django.urls import path

from violations import views

app_name = "violations"
urlpatterns = [
    path("pay-ticket/", views.pay_ticket, name="pay_ticket"),
    path("tickets/<str:number>/", views.show_ticket, name="ticket"),
    path("tickets/<str:number>/pay/", views.guest_payment, name="guest_payment"),
    path("boots/<str:code>/", views.scan_boot, name="boot"),
    path("releases/<str:code>/", views.show_release, name="release"),
    path("tickets/<str:number>/photos/<str:code>/", views.show_photo, name="photo"),
]
