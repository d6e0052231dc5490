"""Background work of accounts."""

from celery import shared_task

from accounts.services import mailing, texts
from accounts.services.acting import end_overdue
from accounts.services.mail import due_mail, send_mail_now
from accounts.services.sessions import forget_ended_sessions
from accounts.services.uploads import scan_waiting, waiting_uploads
from opscom.lib.work import hint


@shared_task
def send_mail(*, mail_id: int) -> None:
    """Send one message, if it is still due."""
    send_mail_now(mail_id)


@shared_task
def send_due_mail() -> None:
    """Find messages whose hint was lost, and those to be tried again."""
    for pk in due_mail():
        send_mail_now(pk)


@shared_task
def write_mailing(*, mailing_id: int) -> None:
    """Write to the next people of an e-mail to many."""
    if mailing.write_next(mailing_id):
        hint(write_mailing, mailing_id=mailing_id)


@shared_task
def sweep_mailings() -> None:
    """Go on with e-mails to many that broke off."""
    for pk in mailing.unfinished_mailings():
        hint(write_mailing, mailing_id=pk)


@shared_task
def send_one_text(*, text_id: int) -> None:
    """Send one text, if it is still due."""
    texts.send_text_now(text_id)


@shared_task
def send_due_texts() -> None:
    """Find texts whose hint was lost, and those to be tried again or given up."""
    texts.mark_lost_texts()
    for pk in texts.due_texts():
        texts.send_text_now(pk)


@shared_task
def end_overdue_acting() -> None:
    """Write down the end of what nobody ended: the browser was closed."""
    end_overdue()


@shared_task
def clear_devices() -> None:
    """Drop what is known of sessions that have ended."""
    forget_ended_sessions()


@shared_task
def scan_waiting_uploads() -> None:
    """Ask the virus scanner again about documents that came while it was away."""
    for pk in waiting_uploads():
        if not scan_waiting(pk):
            return  # still away: the next sweep asks again
