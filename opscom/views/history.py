"""User History: everything that happened to a person, from every app (HIST-1)."""

import csv
from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.current import current_user
from accounts.models import Mail, User
from opscom.lib.dates import today
from opscom.lib.spreadsheets import harmless
from opscom.office.timeline.entries import Entry
from opscom.office.timeline.mail import mail_pk
from opscom.office.timeline.reading import Wanted, periods, read_all, read_cursor, read_page, wanted_of
from opscom.office.timeline.sources import sources_in_use


@login_required
@require_safe
def show_history(request: HttpRequest) -> HttpResponse:
    """One page of it, newest first, of one kind and period if the person likes."""
    user = current_user(request)
    choice = {name: request.GET.get(name, "") for name in ("kind", "period")}
    joined = timezone.localdate(user.date_joined)
    before = read_cursor(request.GET.get("before", ""))
    context = {
        "page": read_page(user, wanted_of(**choice, joined=joined), before=before),
        "kinds": [("", _("Everything")), *((source.kind, source.label) for source in sources_in_use())],
        "periods": [(code, words) for code, (words, _first, _after) in periods(joined).items()],
        "choice": choice,
        "chosen": urlencode({name: value for name, value in choice.items() if value}),
        "first_page": before is None,
    }
    return render(request, "history/list.html", context)


@login_required
@require_safe
def show_mail(request: HttpRequest, key: str) -> HttpResponse:
    """The text of an e-mail that was written to this person. What opens the account is in their mailbox only: a session
    that somebody else holds must not find it here."""
    mail = get_object_or_404(Mail.objects.defer("html"), pk=mail_pk(key), user=current_user(request))
    return render(request, "history/mail.html", {"mail": mail})


class _Line:
    """A file for csv.writer that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _csv_parts(user: User, wanted: Wanted, language: str) -> Iterator[str]:
    """The file, some hundred lines at a time. It is written after the request's own language has ended, so each part brings
    it back and puts it away again before it is sent."""
    writer, parts = csv.writer(_Line()), read_all(user, wanted)
    kinds = {source.kind: str(source.label) for source in sources_in_use()}
    heads = (_("Date"), _("Kind"), _("What"), _("State"), _("Amount"), _("Detail"), _("By"), _("Acted for you"))
    part = "\ufeff" + writer.writerow(heads)  # the mark tells spreadsheets that the rest is UTF-8

    def rest() -> Iterator[str]:
        yield part
        while True:
            with override(language):
                rows = [[harmless(cell) for cell in _cells(entry, kinds)] for entry in next(parts, [])]
            if not rows:
                return
            yield "".join(writer.writerow(row) for row in rows)

    return rest()


def _cells(entry: Entry, kinds: dict[str, str]) -> list[str]:
    found = entry.found
    text = " ".join(part for part in (entry.text, entry.link_text) if part)
    return [
        timezone.localtime(found.at).isoformat(sep=" ", timespec="seconds"),
        kinds[found.kind],
        entry.heading,
        entry.word,
        "" if found.amount is None else f"{found.amount:.2f}",
        text,
        entry.by,
        entry.acting,
    ]


@login_required
@require_safe
def export_history(request: HttpRequest) -> StreamingHttpResponse:
    """All that was chosen as a CSV file, in the reader's language."""
    user = current_user(request)
    joined = timezone.localdate(user.date_joined)
    wanted = wanted_of(request.GET.get("kind", ""), request.GET.get("period", ""), joined=joined)
    parts = _csv_parts(user, wanted, get_language() or "en")
    answer = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="history-{today()}.csv"'
    return answer
