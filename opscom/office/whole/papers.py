"""What went between a person and the office: e-mails, texts, documents, forms, notes, and what was done to the account."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import AccountEvent, AccountUpload, Mail, PersonNote, TextMessage
from forms_module.models import Submission
from opscom.lib.panels import Cell, Panel, in_words, list_of, moment, name_of, newest, page_of
from opscom.office.timeline.messages import Mails, Texts
from opscom.office.timeline.papers import Uploads
from opscom.office.whole.subject import Person

FORM_PILLS = {"draft": "void", "submitted": "review", "asked": "held", "approved": "paid", "refused": "overdue"}


def mails(person: Person) -> Panel:
    """E-mails with what they said, as far as anybody but their reader may know."""
    found = Mail.objects.filter(user=person.user).defer("html")
    rows, n = newest(found, refused=Q(state=Mail.State.FAILED))
    return Panel(
        "mails",
        _("E-mails"),
        (_("Written"), _("Subject"), _("State")),
        [
            (
                moment(mail.created_at),
                Cell(mail.subject, page_of("accounts_mail", mail.pk), body=_body_of(mail)),
                Cell(" – ".join(filter(None, [mail.get_state_display(), mail.error])), pill=Mails.pills[mail.state][0]),
            )
            for mail in rows
        ],
        counts=in_words(
            ngettext("%(n)d e-mail", "%(n)d e-mails", n["all"]) % {"n": n["all"]},
            ngettext("%(n)d refused", "%(n)d refused", n["refused"]) % {"n": n["refused"]} if n["refused"] else "",
        ),
        more=list_of("accounts_mail", user__id__exact=person.user.pk),
        more_words=_("All e-mails"),
        empty=_("No e-mail."),
    )


def texts(person: Person) -> Panel:
    """Texts to and from the person; a code that opens something is not shown."""
    rows, n = newest(TextMessage.objects.for_user(person.user), missed=Q(state=TextMessage.State.FAILED))
    return Panel(
        "texts",
        _("Texts"),
        (_("When"), _("Direction"), _("Text"), _("State")),
        [
            (
                moment(text.created_at),
                Cell(text.get_direction_display()),
                Cell(text.shown_body or text.kind_label, page_of("accounts_textmessage", text.pk)),
                Cell(text.get_state_display(), pill=Texts.pills.get(text.state, ("active",))[0]),
            )
            for text in rows
        ],
        counts=in_words(
            ngettext("%(n)d text", "%(n)d texts", n["all"]) % {"n": n["all"]},
            ngettext("%(n)d not delivered", "%(n)d not delivered", n["missed"]) % {"n": n["missed"]}
            if n["missed"]
            else "",
        ),
        more=list_of("accounts_textmessage", user__id__exact=person.user.pk),
        more_words=_("All texts"),
        empty=_("No text."),
    )


def uploads(person: Person) -> Panel:
    """Documents; that somebody of the office opens one is written down."""
    rows, n = newest(AccountUpload.objects.for_user(person.user), new=Q(state=AccountUpload.State.READY))
    return Panel(
        "uploads",
        _("Documents"),
        (_("Received"), _("Document"), _("State")),
        [
            (
                moment(upload.uploaded_at),
                Cell(upload.name, page_of("accounts_accountupload", upload.pk)),
                Cell(upload.get_state_display(), pill=Uploads.pills[upload.state][0]),
            )
            for upload in rows
        ],
        counts=in_words(
            ngettext("%(n)d document", "%(n)d documents", n["all"]) % {"n": n["all"]},
            ngettext("%(n)d to look at", "%(n)d to look at", n["new"]) % {"n": n["new"]} if n["new"] else "",
        ),
        more=list_of("accounts_accountupload", user__id__exact=person.user.pk),
        more_words=_("All documents"),
        empty=_("No document."),
    )


def forms(person: Person) -> Panel:
    """What the person answered."""
    found = Submission.objects.for_user(person.user).handed_in().select_related("form")
    rows, n = newest(found.order_by("-submitted_at", "-pk"), waiting=Q(state__in=Submission.WAITING))
    return Panel(
        "forms",
        _("Forms"),
        (_("Submitted"), _("Form"), _("State")),
        [
            (
                moment(row.submitted_at),
                Cell(str(row.form), page_of("forms_module_submission", row.pk)),
                Cell(row.get_state_display(), pill=FORM_PILLS[row.state]),
            )
            for row in rows
        ],
        counts=in_words(
            ngettext("%(n)d form", "%(n)d forms", n["all"]) % {"n": n["all"]},
            ngettext("%(n)d waiting", "%(n)d waiting", n["waiting"]) % {"n": n["waiting"]} if n["waiting"] else "",
        ),
        more=list_of("forms_module_submission", user__id__exact=person.user.pk),
        more_words=_("All forms"),
        empty=_("No form."),
    )


def notes(person: Person) -> Panel:
    """What the office wrote down, the newest first, and a place for more. All of them: a note that nobody sees is none."""
    rows = list(PersonNote.objects.for_user(person.user).select_related("by"))
    return Panel(
        "notes",
        _("Notes of the office"),
        counts=ngettext("%(n)d note", "%(n)d notes", len(rows)) % {"n": len(rows)},
        empty=_("No note."),
        template="admin/whole/_notes.html",
        extra={"notes": rows, "person": person.user, "writes": person.may("accounts.add_personnote")},
    )


def events(person: Person) -> Panel:
    """What was done to the account, by whom, and in whose name."""
    rows, n = newest(AccountEvent.objects.for_user(person.user).select_related("by", "acting"))
    return Panel(
        "events",
        _("What was done"),
        (_("When"), _("What"), _("Who")),
        [
            (
                moment(event.at),
                Cell(": ".join(filter(None, [event.label, event.detail]))),
                Cell(name_of(event.acting or event.by)),
            )
            for event in rows
        ],
        counts=ngettext("%(n)d entry", "%(n)d entries", n["all"]) % {"n": n["all"]},
        more=reverse("admin:accounts_user_history", args=[person.user.pk]),
        more_words=_("Everything, with what it was before"),
        empty=_("Nothing."),
    )


def _body_of(mail: Mail) -> str:
    if mail.is_secret:
        return _("Not shown: it holds a link or code that opens the account.")
    return mail.shown_text or _("Its words are no longer kept.")
