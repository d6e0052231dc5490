"""A few tables of the limit's own."""

from typing import ClassVar

from django.db import models


class Item(models.Model):
    """A row of a list."""

    objects: ClassVar[models.Manager["Item"]] = models.Manager()

    shelf = models.PositiveIntegerField(db_index=True)
    name = models.CharField(max_length=60)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """The row that everybody locks."""

    objects: ClassVar[models.Manager["Place"]] = models.Manager()

    spaces = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.pk)


class Booking(models.Model):
    """What is inserted under the lock, twice."""

    objects: ClassVar[models.Manager["Booking"]] = models.Manager()

    place = models.ForeignKey(Place, on_delete=models.CASCADE)
    user = models.PositiveBigIntegerField(db_index=True)
    note = models.CharField(max_length=60)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.note
