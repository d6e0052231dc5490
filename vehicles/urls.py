"""Addresses of vehicles."""

from django.urls import path

from vehicles import views

app_name = "vehicles"
urlpatterns = [
    path("vehicles/", views.list_vehicles, name="list"),
    path("vehicles/disclaimer/", views.agree_to_disclaimer, name="disclaimer"),
    path("vehicles/add/", views.add_vehicle, name="add"),
    path("vehicles/<str:code>/edit/", views.edit_vehicle, name="edit"),
    path("vehicles/<str:code>/active/", views.toggle_active, name="active"),
]
