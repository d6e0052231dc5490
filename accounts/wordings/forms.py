"""Forms for the office's own texts."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Wording
from accounts.services.wordings import LONGEST_SUBJECT, WordingRefused, check_words, save_wording
from accounts.wordings.registry import Piece, piece_of
from opscom.lib.wording import LONGEST

EXAMPLE, REAL = "example", "real"


class WordsForm(forms.Form):
    """Subject and text as the office types them, and on what they are tried. `after`: the version that was seen."""

    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SUBJECT, required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "true"}),
        help_text=_("Plain text; a blank line starts a paragraph. The placeholders are listed below."),
    )
    filled = forms.ChoiceField(
        label=_("Fill in with"),
        choices=[(EXAMPLE, _("an example")), (REAL, _("the newest real record"))],
        initial=EXAMPLE,
        required=False,
    )
    after = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, piece: Piece, language: str, real: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.piece, self.language, self.may_see_real = piece, language, real
        if piece.is_paper:
            self.fields["subject"].label = _("Heading")
        for name in ("subject", "body"):
            self.fields[name].widget.attrs["lang"] = language
        if not piece.has_subject:
            del self.fields["subject"]
        if not real:
            del self.fields["filled"]

    @property
    def words(self) -> dict[str, str]:
        """Both texts, as a service takes them."""
        return {"subject": self.cleaned_data.get("subject", ""), "body": self.cleaned_data.get("body", "")}

    @property
    def is_real(self) -> bool:
        """It shall be tried on a real record."""
        return self.cleaned_data.get("filled") == REAL

    def refuse(self, refusal: WordingRefused) -> None:
        """Show what a service said, beside the field that it means."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


class WordingRowForm(forms.ModelForm):
    """A row of a set-up file, saved as a version like any other."""

    class Meta:
        model = Wording
        fields = ("kind", "language", "subject", "body")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        piece = piece_of(data.get("kind", ""))
        if piece is None:
            raise forms.ValidationError({"kind": _("The portal writes no such text.")})
        if data.get("language") in dict(settings.LANGUAGES):
            try:
                check_words(piece, data["language"], subject=data.get("subject", ""), body=data.get("body", ""))
            except WordingRefused as refusal:
                raise forms.ValidationError({refusal.field: refusal.message}, code=refusal.code) from refusal
        return data

    def save(self, commit: bool = True) -> Any:
        """Always stored: a version is a row of its own."""
        piece = piece_of(self.cleaned_data["kind"])
        if piece is None:
            raise TypeError("saved without having been judged")
        words = {name: self.cleaned_data[name] for name in ("subject", "body")}
        save_wording(piece, self.cleaned_data["language"], **words, by=None, note=str(_("from a set-up file")))
        return Wording.objects.get(kind=piece.key, language=self.cleaned_data["language"])
