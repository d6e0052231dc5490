"""The texts that an office can word itself, and the built-in ones as they would be written."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from accounts.models.mail import MailKind
from accounts.services.wordings import check_words
from accounts.wordings.mails import blanks_of_mail, built_in_mail
from accounts.wordings.meanings import MEANINGS
from accounts.wordings.registry import Medium, all_pieces, piece_of
from accounts.wordings.unfolding import unfold
from opscom.lib.wording import compile_wording, samples_of

MAILS = [kind.value for kind in MailKind if kind != MailKind.OFFICE_MESSAGE]  # that one is worded each time


def test_every_kind_of_mail_can_be_worded() -> None:
    assert {piece.key for piece in all_pieces() if piece.medium == Medium.MAIL} == set(MAILS)


def test_every_placeholder_means_something_and_none_is_left_over() -> None:
    blanks = {kind: blanks_of_mail(kind) for kind in MAILS}
    assert [(kind, blank.name) for kind, found in blanks.items() for blank in found if not blank.meaning] == []
    assert MEANINGS.keys() - {blank.name for found in blanks.values() for blank in found} == set()


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
def test_built_in_text_says_the_same_when_the_office_makes_it_its_own(language: str) -> None:
    for kind in MAILS:
        piece = piece_of(kind)
        assert piece is not None
        check_words(piece, language, **dict(zip(("subject", "body"), built_in_mail(kind, language), strict=True)))
        values = samples_of(piece.blanks())
        for part, text in zip(("_subject", ""), built_in_mail(kind, language), strict=True):
            own = compile_wording(text, piece.blanks(), required=() if part else piece.required)
            with override(language):
                built_in = render_to_string(f"mail/{kind}{part}.txt", values)
                assert own.render(values).split() == built_in.split()


def test_unfolded_text_keeps_conditions_and_loses_the_marks_of_translators() -> None:
    source = (
        "{% load i18n %}{% autoescape off %}{% if n %}{% blocktranslate trimmed count found=n with day=d|date %}"
        "{{ found }} row of {{ day }}, 5 %{% plural %}{{ found }} rows of {{ day }}, 5 %{% endblocktranslate %}{% endif %}"
        '{% translate office.phone %} {% translate "Total" %}{# not for readers #}{% endautoescape %}'
    )
    assert unfold(source, "fr") == (
        "{% if n %}{% if n == 1 %}{{ n }} row of {{ d|date }}, 5 %{% else %}{{ n }} rows of {{ d|date }}, 5 %{% endif %}"
        "{% endif %}{{ office.phone|translated }} Total"
    )
