"""Background work of violations."""

import logging

from celery import shared_task

from opscom.lib.import_runs import sweep_runs
from opscom.lib.work import hint
from violations.models import ImportRun, OffenceImport
from violations.services import besides, escalate, imports, letters, notices, offence_imports
from violations.services.appeals.evidence import look_at, waiting_evidence
from violations.services.boots import following

logger = logging.getLogger(__name__)


@shared_task
def charge_late_fees() -> None:
    """Charge the late fees that have become due."""
    escalate.apply_all_due()


@shared_task
def charge_lookups() -> None:
    """Charge what finding out owners has cost, some hundreds of tickets at a time."""
    if besides.charge_lookups():
        hint(charge_lookups)


@shared_task
def send_notices() -> None:
    """Mail the notices of unpaid tickets that have become due."""
    notices.send_all_due()


@shared_task
def draw_letters_of(*, batch_id: int) -> None:
    """Draw the letters of a batch."""
    letters.draw_letters(batch_id)


@shared_task
def sweep_letters() -> None:
    """Draw batches whose hint was lost or whose worker died, and delete the files whose time is over."""
    letters.forget_letters()
    for pk in letters.undrawn_letters():
        try:
            letters.draw_letters(pk)
        except Exception:  # the others are drawn all the same
            logger.exception("letters of batch %s not drawn", pk)


@shared_task
def follow_boots() -> None:
    """Mark what is late, remind of what is due soon, and give codes that wait for nothing any more."""
    following.follow_boots()


@shared_task
def go_on_with_import(*, run_id: int) -> None:
    """Read a file that the office has handed in."""
    imports.go_on_with(run_id)


@shared_task
def sweep_imports() -> None:
    """Follow imports that broke off, and delete the files whose time is over."""
    sweep_runs(ImportRun, reader=go_on_with_import)
    sweep_runs(OffenceImport, reader=go_on_with_offences)


@shared_task
def go_on_with_offences(*, run_id: int) -> None:
    """Read a catalogue of offences that the office has handed in."""
    offence_imports.go_on_with(run_id)


@shared_task
def look_at_evidence(*, file_id: int) -> None:
    """Have a new file of an appeal scanned, and draw its small picture."""
    look_at(file_id)


@shared_task
def look_at_waiting_evidence() -> None:
    """Files whose hint was lost, or that came while the scanner was away."""
    for pk in waiting_evidence():
        if not look_at(pk):
            return  # still away: the next sweep asks again
