"""What people said and showed in appeals is forgotten after its time."""

from django.db.models import QuerySet

from violations.models import Appeal, AppealFile


def empty_appeals(appeals: QuerySet[Appeal]) -> None:
    """That a ticket was appealed and how it was decided stays; what the person said and showed goes."""
    _delete_evidence(appeals)
    appeals.update(name="", email="", reason="", question="", answer="", response="")


def delete_drafts(drafts: QuerySet[Appeal]) -> None:
    """What was begun and not handed in goes altogether."""
    _delete_evidence(drafts)
    drafts.delete()


def _delete_evidence(appeals: QuerySet[Appeal]) -> None:
    files = AppealFile.objects.filter(appeal__in=appeals)
    for file in files:
        file.file.delete(save=False)
        file.thumb.delete(save=False)
    files.delete()
