"""One page of an open form, as a request asks for it."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse

from forms_module.answer_form import Answers, GuestForm, make_form, steps_of
from forms_module.models import Submission
from forms_module.services.answering import keep_documents, questions_of, save_answers
from opscom.lib.files import FileRefused

SAVE, BACK, NEXT, SUBMIT, DISCARD = "save", "back", "next", "submit", "discard"


class Step:
    """Its questions as a form, beside it who answers where there is no account; saving keeps what was typed."""

    def __init__(self, request: HttpRequest, submission: Submission) -> None:
        self.submission = submission
        self.steps = steps_of(questions_of(submission), submission.answers)
        self.number = min(_number(request.GET.get("page", "")), len(self.steps))
        posted = request.method == "POST"
        data, files = (request.POST, request.FILES) if posted else (None, None)
        self.do = request.POST.get("do", SUBMIT if self.is_last else NEXT)
        partial, questions = self.do in (SAVE, BACK), self.steps[self.number - 1]
        self.form = make_form(questions, submission.user)(data, files, known=submission.answers, partial=partial)
        who = {"name": submission.name, "email": submission.email}
        asks_who = submission.user_id is None and self.number == 1
        self.guest = GuestForm(data, initial=who, prefix="guest") if asks_who else None

    @property
    def is_last(self) -> bool:
        """Whether Submit stands on it."""
        return self.number == len(self.steps)

    def save(self) -> bool:
        """Keep the answers and files of this page; False where one is to be looked at again."""
        forms = [form for form in (self.guest, self.form) if form]
        if not all([form.is_valid() for form in forms]):
            return False
        answers = self._with_files()
        if answers is None:
            return False
        who = self.guest.cleaned_data if self.guest else {}
        save_answers(self.submission, answers=answers, name=who.get("name", ""), email=who.get("email", ""))
        return True

    def _with_files(self) -> Answers | None:
        answers, user = self.form.answers, self.submission.user
        for key in set(self.form.files) & self.form.cleaned_data.keys():
            file = self.form.cleaned_data[key]
            if user is None or not isinstance(file, UploadedFile):
                continue
            try:
                answers |= keep_documents(user, files={key: file}, by=user)
            except FileRefused as refusal:
                self.form.add_error(key, refusal.message)
        return None if self.form.errors else answers

    def path(self, number: int) -> str:
        """The address of another page of it."""
        return f"{reverse('forms:answer', args=[self.submission.code])}?page={number}"

    @property
    def address(self) -> str:
        """Of this page."""
        return self.path(self.number)

    @property
    def path_after(self) -> str:
        """Where the pressed button leads."""
        return self.path(self.number + {NEXT: 1, BACK: -1}.get(self.do, 0))


def _number(wanted: str) -> int:
    return max(int(wanted), 1) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 4 else 1
