"""Background work of permits."""

from celery import shared_task

from permits.models import Permit
from permits.pdf import permit_pdf
from permits.services import reminders, reserve


@shared_task
def release_lapsed_holds() -> None:
    """Free the places that nobody paid for in time."""
    reserve.release_lapsed_holds()


@shared_task
def remind_of_endings() -> None:
    """Tell people whose permits end soon."""
    reminders.remind_of_endings()


@shared_task
def prepare_permit_pdf(*, permit_id: int) -> None:
    """Render a permit before its holder asks for it."""
    permit = Permit.objects.select_related("holder", "lot", "permit_type", "window").get(pk=permit_id)
    permit_pdf(permit, language=permit.holder.language)
