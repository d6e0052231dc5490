"""Pages of the limit."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tests.bench.limit.models import Booking, Item, Place

SESSION_AND_USER = 2


def plain(request: HttpRequest) -> HttpResponse:
    """Nothing at all."""
    return HttpResponse("ok")


def page(request: HttpRequest, queries: int) -> HttpResponse:
    """So many queries in all: session, user, and lists of three rows found by an index, as many as a resident's lists have."""
    shelves = [list(Item.objects.filter(shelf=number)) for number in range(queries - SESSION_AND_USER)]
    return render(request, "page.html", {"user": _user(request), "shelves": shelves, "lines": range(40)})


def book(request: HttpRequest) -> HttpResponse:
    """Session and user, then a transaction: lock a row, insert two."""
    user = _user(request)
    with transaction.atomic():
        place = Place.objects.select_for_update().get(pk=1)
        Booking.objects.create(place=place, user=user.pk, note="held")
        Booking.objects.create(place=place, user=user.pk, note="noted")
    return HttpResponse("ok")


def _user(request: HttpRequest) -> AbstractBaseUser:
    assert isinstance(request.user, AbstractBaseUser), "nobody is signed in"
    return request.user


urlpatterns = [path("plain/", plain), path("page/<int:queries>/", page), path("book/", book)]
