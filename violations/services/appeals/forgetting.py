"""What people said and showed in appeals is forgotten after its time."""

from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from opscom.lib.append_only import rewriting_history
from violations.models import Appeal, AppealFile


@transaction.atomic
def empty_appeals(appeals: QuerySet[Appeal]) -> None:
    """That a ticket was appealed and how it was decided stays; what the person said and showed goes."""
    appeals = _lock(appeals)
    _delete_evidence(appeals)
    appeals.update(name="", email="", reason="", question="", answer="", response="")


@rewriting_history()
def delete_drafts(drafts: QuerySet[Appeal]) -> None:
    """What was begun and not handed in goes altogether."""
    drafts = _lock(drafts)
    _delete_evidence(drafts)
    drafts.delete()


def _lock(appeals: QuerySet[Appeal]) -> QuerySet[Appeal]:
    """Those of them that are so still, now that nobody can change them."""
    found = appeals.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    return Appeal.objects.filter(pk__in=list(found))


def _delete_evidence(appeals: QuerySet[Appeal]) -> None:
    """The rows at once, and the files when that is sure."""
    files = AppealFile.objects.filter(appeal__in=appeals)
    for file in files:
        for stored in (file.file, file.thumb):
            if stored.name:
                transaction.on_commit(partial(stored.storage.delete, stored.name))
    files.delete()
