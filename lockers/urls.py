"""Addresses of lockers."""

from django.urls import path

from lockers.views import choosing, holding

app_name = "lockers"
urlpatterns = [
    path("lockers/", choosing.list_lockers, name="list"),
    path("lockers/disclaimer/", choosing.agree_to_disclaimer, name="disclaimer"),
    path("lockers/get/", choosing.get_locker, name="get"),
    path("lockers/cart/", choosing.show_cart, name="cart"),
    path("lockers/cart/<str:code>/", choosing.take_out, name="take_out"),
    path("lockers/<str:code>/", holding.show_locker, name="detail"),
    path("lockers/<str:code>/combination/", holding.show_combination, name="combination"),
    path("lockers/<str:code>/renew/", holding.renew, name="renew"),
    path("lockers/<str:code>/give-back/", holding.give_back_locker, name="give_back"),
    path("lockers/<str:code>/switch/", holding.switch, name="switch"),
]
