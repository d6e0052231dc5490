"""Addresses of tickets."""

from django.urls import path

from violations import views
from violations.views import appeals

app_name = "violations"
urlpatterns = [
    path("pay-ticket/", views.pay_ticket, name="pay_ticket"),
    path("tickets/<str:number>/", views.show_ticket, name="ticket"),
    path("tickets/<str:number>/pay/", views.guest_payment, name="guest_payment"),
    path("tickets/<str:number>/plan/", views.plan_ticket, name="plan"),
    path("tickets/<str:number>/plate/", views.show_plate, name="plate"),
    path("tickets/<str:number>/plate/code/", views.ask_for_code, name="plate_code"),
    path("tickets/<str:number>/plate/pay/", views.pay_plate, name="plate_payment"),
    path("boots/<str:code>/", views.scan_boot, name="boot"),
    path("releases/<str:code>/", views.show_release, name="release"),
    path("tickets/<str:number>/photos/<str:code>/", views.show_photo, name="photo"),
    path("appeals/", appeals.show_appeals, name="appeals"),
    path("appeals/lookup/", appeals.lookup_tickets, name="lookup_tickets"),
    path("appeals/request/<str:number>/", appeals.request_appeal, name="request_appeal"),
    path("appeals/associate/<str:number>/", appeals.associate_vehicle, name="associate"),
    path("appeals/status/<str:token>/", appeals.open_status_link, name="appeal_status"),
    path("appeals/<str:code>/", appeals.show_appeal, name="appeal"),
    path("appeals/<str:code>/letter/", appeals.show_letter, name="appeal_letter"),
    path("appeals/<str:code>/files/<str:file>/", appeals.show_evidence, name="evidence"),
    path("appeals/<str:code>/files/<str:file>/small/", appeals.show_evidence_thumb, name="evidence_thumb"),
]
