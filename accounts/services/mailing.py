"""E-mails of the office to many people: begun from a list, worded, looked at, then written in the background, each person once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import EmailOptOut, Mail, Mailing, MailingPerson, User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from accounts.services.mailing_words import Told, piece_for, told_to, words_for, written_in
from accounts.services.wording_previews import send_test
from accounts.services.wordings import WordingRefused
from accounts.wordings.rows import PERSON
from opscom.lib.errors import PortalError
from opscom.lib.office import office
from opscom.lib.wording import MOST_ITEMS, WordingError
from opscom.lib.work import hint

Outcome = MailingPerson.Outcome
AT_ONCE, MOST, ROWS = 100, 50_000, 2000


class MailingRefused(PortalError):
    """An e-mail to many that cannot be begun, started or stopped."""


@dataclass(frozen=True)
class Readers:
    """Of one language: how many get the message, and whether it is worded in it."""

    language: str
    n: int
    worded: bool


@dataclass(frozen=True)
class Preview:
    """Who gets it, who does not, and why."""

    gets: int
    unwanted: int
    closed: int
    readers: list[Readers]


@transaction.atomic
def draft_mailing(
    people: Iterable[int] | Mapping[int, list[int]],
    *,
    by: User,
    source: str,
    source_url: str = "",
    rows: str = PERSON,
    at: datetime | None = None,
) -> Mailing:
    """Write down whom it is for, each once, in the order of their accounts, with the rows of that kind that they were chosen by,
    where these are told. MailingRefused for nobody, or for too many."""
    behind = people if isinstance(people, Mapping) else {}
    keys = sorted(set(people))
    if not keys:
        raise MailingRefused(_("Nobody of the portal is behind these rows. Choose others."), code="nobody")
    if len(keys) > MOST:
        raise MailingRefused(_("Choose %(most)s people at most. A filter makes the list shorter.") % {"most": MOST})
    mailing = Mailing.objects.create(
        by=by, source=source[:80], source_url=source_url[:500], rows=rows, made_at=at or timezone.now()
    )
    chosen = (MailingPerson(mailing=mailing, user_id=pk, rows=behind.get(pk, [])) for pk in keys)
    MailingPerson.objects.bulk_create(chosen, batch_size=ROWS)
    return mailing


@transaction.atomic
def word_mailing(mailing: Mailing, *, words: dict[str, Any]) -> Mailing:
    """Keep its words and its category, as long as it is not started."""
    draft = _lock_draft(mailing)
    for name, value in words.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(words))
    return draft


def preview_mailing(mailing: Mailing) -> Preview:
    """Counts; nobody is written to by looking. Two queries."""
    people = mailing.people.order_by().annotate(refused=_refused(mailing))
    closed, open_to = Q(user__is_active=False), Q(user__is_active=True, refused=False)
    sums = people.aggregate(
        gone=Count("pk", filter=closed), off=Count("pk", filter=Q(user__is_active=True, refused=True))
    )
    found = dict(people.filter(open_to).values_list("user__language").annotate(n=Count("pk")))
    readers = [
        Readers(str(name), found[code], bool(getattr(mailing, f"subject_{code}") and getattr(mailing, f"text_{code}")))
        for code, name in settings.LANGUAGES
        if code in found
    ]
    return Preview(sum(found.values()), sums["off"], sums["gone"], readers)


def _refused(mailing: Mailing) -> Any:
    """Whether the person has switched its category off, and may."""
    category = mailing.category
    if category is None or category.essential or not office().email_preferences:
        return Value(False)
    return Exists(EmailOptOut.objects.filter(user=OuterRef("user"), category=category))


def send_trial(mailing: Mailing, *, to: User) -> None:
    """The message with examples to whoever words it, in their language, as often as they like. MailingRefused where it cannot be
    filled in."""
    with override(to.language):
        words = written_in(mailing)
    try:
        send_test(piece_for(mailing), to.language, **words, real=False, to=to)
    except WordingRefused as refusal:
        raise MailingRefused(refusal.message, code="words") from refusal


@transaction.atomic
def start_mailing(mailing: Mailing, *, by: User, at: datetime | None = None) -> Mailing:
    """Let a worker write to everybody. MailingRefused without words or a category."""
    from accounts.tasks import write_mailing

    draft = _lock_draft(mailing)
    if not draft.category_id or not draft.subject_en or not draft.text_en:  # type: ignore[attr-defined]
        raise MailingRefused(_("Choose a category and write a subject and a text first."), code="words")
    draft.started_at, draft.started_by = at or timezone.now(), by
    draft.save(update_fields=["started_at", "started_by"])
    hint(write_mailing, mailing_id=draft.pk)
    return draft


def unfinished_mailings() -> list[int]:
    """Those that a worker has to go on with."""
    running = Mailing.objects.filter(started_at__isnull=False, finished_at=None, stopped_at=None)
    return list(running.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def write_next(pk: int, *, at: datetime | None = None) -> bool:
    """Write to the next people; True while some are left. The messages and what came of each are one transaction, so a worker
    that dies writes to nobody twice; a second worker leaves a mailing that one has in hand."""
    running = Mailing.objects.filter(pk=pk, started_at__isnull=False, finished_at=None, stopped_at=None)
    mailing = running.select_for_update(of=("self",), skip_locked=True).select_related("category").first()
    if mailing is None:
        return False
    waiting = mailing.people.filter(outcome=Outcome.WAITING).select_related("user").order_by("pk")
    people = list(waiting[:AT_ONCE])
    for person, told in zip(people, _told(mailing, people), strict=True):
        _write(mailing, person, told)
    MailingPerson.objects.bulk_update(people, ["outcome", "mail"])
    left = len(people) == AT_ONCE
    if not left:
        mailing.finished_at = at or timezone.now()
        mailing.save(update_fields=["finished_at"])
    return left


def _told(mailing: Mailing, people: list[MailingPerson]) -> list[Told | None]:
    """Of each what the words name; nothing where they cannot be used any more."""
    try:
        return [*told_to(mailing, people)]
    except WordingError:
        return [None] * len(people)


def _write(mailing: Mailing, person: MailingPerson, told: Told | None) -> None:
    user, category = person.user, mailing.category
    if not user.is_active or category is None:
        person.outcome = Outcome.CLOSED
        return
    try:
        with override(user.language):
            words = words_for(mailing, told) if told is not None else None
    except WordingError:
        words = None
    if words is None:
        person.outcome = Outcome.FAILED
        return
    key = f"mailing:{mailing.pk}:{user.pk}"
    person.mail = queue_mail_to(user, MailKind.OFFICE_MESSAGE, context=words, key=key, category=category.code)
    person.outcome = Outcome.WRITTEN if person.mail else Outcome.UNWANTED


@transaction.atomic
def stop_mailing(mailing: Mailing, *, by: User, at: datetime | None = None) -> int:
    """Write to nobody else, and take back what no worker has tried to send yet; answers how many messages that were."""
    mailing = Mailing.objects.select_for_update(of=("self",)).get(pk=mailing.pk)
    if mailing.is_draft or mailing.stopped_at:
        raise MailingRefused(_("It is stopped already, or was never started."), code="over")
    mailing.stopped_at, mailing.stopped_by = at or timezone.now(), by
    mailing.save(update_fields=["stopped_at", "stopped_by"])
    return _take_back(mailing)


def _take_back(mailing: Mailing) -> int:
    queued = Mail.objects.filter(pk__in=mailing.people.values("mail"), state=Mail.State.QUEUED, tries=0)
    sent_before = dict(queued.select_for_update(skip_locked=True).values_list("pk", "sent_at"))
    repeats = [pk for pk, sent_at in sent_before.items() if sent_at]  # they left once; what they said stays on record
    Mail.objects.filter(pk__in=repeats).update(state=Mail.State.SENT)
    keys = [pk for pk, sent_at in sent_before.items() if not sent_at]
    mailing.people.filter(mail__in=keys).update(outcome=Outcome.TAKEN_BACK, mail=None)
    Mail.objects.filter(pk__in=keys).delete()
    return len(keys)


@transaction.atomic
def drop_mailing(mailing: Mailing) -> None:
    """Throw a draft away."""
    _lock_draft(mailing).delete()


def outcomes_of(mailing: Mailing) -> dict[str, int]:
    """How many people of each outcome."""
    return dict(mailing.people.order_by().values_list("outcome").annotate(n=Count("pk")))


def _lock_draft(mailing: Mailing) -> Mailing:
    draft = Mailing.objects.select_for_update(of=("self",)).get(pk=mailing.pk)
    if not draft.is_draft:
        raise MailingRefused(_("It is started already, so its words stay."), code="started")
    return draft


def people_behind(rows: "QuerySet[Any]", path: str) -> dict[int, list[int]]:
    """Keys of the people behind rows of a list, by the way from a row to its person, with those rows, the newest first; one person
    more than may be chosen at most."""
    found: dict[int, list[int]] = {}
    pairs = rows.order_by("-pk").exclude(**{path: None}).values_list(path, "pk")
    for person, row in pairs.iterator(chunk_size=ROWS):
        mine = found.setdefault(person, [])
        if row not in mine[-1:] and len(mine) < MOST_ITEMS:
            mine.append(row)
        if len(found) > MOST:
            break
    return found
