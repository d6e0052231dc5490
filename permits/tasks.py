"""Background work of permits."""

from celery import shared_task

from opscom.lib.import_runs import sweep_runs
from opscom.lib.work import hint
from permits.models import Permit, PermitImport, PrintBatch, RolloverRun
from permits.pdf import permit_pdf
from permits.services import (
    bans,
    batches,
    closures,
    forfeits,
    import_runs,
    reminders,
    renewal,
    reserve,
    reviews,
    rollover,
    runs,
)
from permits.services.parkme import buying, reminding
from permits.services.printing import standing_of
from permits.services.visitors import wallet
from permits.services.waitlists import answering, emptying, offering


@shared_task
def release_lapsed_holds() -> None:
    """Free the places that nobody paid for in time, or may pay for any more, and what a form was not approved for."""
    reserve.release_lapsed_holds()
    wallet.release_unpaid_hours()
    forfeits.give_back_of_banned()
    reviews.conclude_reviews()


@shared_task
def give_back_of_banned() -> None:
    """Somebody has just lost the parking privileges: free what they hold and have not paid."""
    forfeits.give_back_of_banned()


@shared_task
def write_closure_notices(*, block_id: int) -> None:
    """Write to the next holders of permits that a closure, or its calling off, concerns."""
    if closures.write_notices(block_id) or closures.write_recalls(block_id):
        hint(write_closure_notices, block_id=block_id)


@shared_task
def sweep_closures() -> None:
    """Go on with closures of which not everybody has heard yet."""
    for pk in closures.due_closures():
        hint(write_closure_notices, block_id=pk)


@shared_task
def remind_of_endings() -> None:
    """Tell people whose permits end soon, and those who get permits again."""
    reminders.remind_of_endings()
    bans.tell_of_ends()


@shared_task
def remind_of_temporary_endings() -> None:
    """Tell people whose temporary permits end soon."""
    reminders.remind_of_temporary_endings()


@shared_task
def charge_conversation(*, conversation_id: int) -> None:
    """Charge the card for parking that was confirmed by text."""
    buying.collect_conversation(conversation_id)


@shared_task
def sweep_texted_parking() -> None:
    """Remind, end conversations that nobody answered, and go on with those whose end nobody has said."""
    reminding.remind_by_text()
    buying.expire_conversations()
    for pk in buying.unconcluded():
        hint(charge_conversation, conversation_id=pk)


@shared_task
def go_on_with_import(*, run_id: int) -> None:
    """Read a file of permits that the office has handed in."""
    import_runs.go_on_with(run_id)


@shared_task
def sweep_imports() -> None:
    """Follow imports that broke off, and delete the files whose time is over."""
    sweep_runs(PermitImport, reader=go_on_with_import)


@shared_task
def prepare_permit_pdf(*, permit_id: int) -> None:
    """Render a permit before its holder asks for it."""
    permit = Permit.objects.select_related("holder", "lot", "permit_type", "window").get(pk=permit_id)
    permit_pdf(permit, language=permit.holder.language, copy=standing_of(permit).next_number)


@shared_task
def go_on_with_rollover(*, run_id: int) -> None:
    """Do the next permits of a run."""
    if runs.go_on(RolloverRun.objects.get(pk=run_id)):
        hint(go_on_with_rollover, run_id=run_id)


@shared_task
def go_on_with_print(*, batch_id: int) -> None:
    """Print the next sheets of a batch."""
    if batches.go_on(PrintBatch.objects.get(pk=batch_id)):
        hint(go_on_with_print, batch_id=batch_id)


@shared_task
def sweep_prints() -> None:
    """Go on with batches that broke off, and delete the files whose time is over."""
    batches.expire_batches()
    for pk in batches.unfinished_batches():
        hint(go_on_with_print, batch_id=pk)


@shared_task
def sweep_rollovers() -> None:
    """Begin the run of the day, go on with runs that broke off, and end the permits whose grace is over."""
    runs.start_daily_run()
    for pk in RolloverRun.objects.filter(finished_at=None).values_list("pk", flat=True):
        hint(go_on_with_rollover, run_id=pk)
    for pk in rollover.due_terms():
        hint(collect_term, term_id=pk)
    rollover.lapse_terms()


@shared_task
def collect_term(*, term_id: int) -> None:
    """Charge the card for one owed month."""
    renewal.collect_term(term_id)


@shared_task
def announce_prices() -> None:
    """Tell holders of new prices before their permits renew themselves."""
    rollover.announce_prices()


@shared_task
def sweep_waitlists() -> None:
    """End offers that are over, and offer what is free to the next people."""
    answering.sweep_answers()
    emptying.empty_lists()
    offering.sweep_offers()
