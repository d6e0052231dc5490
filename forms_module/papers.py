"""A submitted form on paper."""

from django.template.loader import render_to_string
from django.utils.translation import get_language

from forms_module.models import Submission
from forms_module.shown import office_words, shown_answers
from opscom.lib.logo import logo_uri
from opscom.lib.office import office
from opscom.lib.pdf import draw_once, style_sheet


def submission_paper(submission: Submission) -> bytes:
    """What was answered and decided, in the reader's language. Needs `user` and `form`."""
    context = {
        "submission": submission,
        "answers": shown_answers(submission),
        "said": office_words(submission),
        "office": office(),
        "logo": logo_uri(),
        "language": get_language() or "en",
    }
    html = render_to_string("forms_module/pdf.html", context)
    style = f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}"
    return draw_once("form", html, style)
