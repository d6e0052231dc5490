"""Addresses of waitlists."""

from django.urls import path

from permits.views import waitlists as views

app_name = "waitlists"
urlpatterns = [
    path("waitlists/", views.list_own, name="list"),
    path("waitlists/<str:code>/join/", views.join, name="join"),
    path("waitlists/<str:code>/leave/", views.leave, name="leave"),
    path("waitlists/<str:code>/move/", views.move, name="move"),
    path("waitlists/offers/<str:code>/", views.accept, name="accept"),
    path("waitlists/answer/<str:token>/", views.answer, name="answer"),
]
