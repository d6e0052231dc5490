"""Background work of lockers."""

from celery import shared_task

from lockers.services import ending, reminders, reserve


@shared_task
def release_lapsed_holds() -> None:
    """Free the lockers that nobody paid for in time."""
    reserve.release_lapsed_holds()


@shared_task
def remind_of_endings() -> None:
    """Close terms that go on as the next one, and tell people whose lockers end soon."""
    ending.end_followed_terms()
    reminders.remind_of_endings()
