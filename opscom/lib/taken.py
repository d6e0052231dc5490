"""What a file that leaves the office is called in the audit; one that does not say so is noted by its address."""

from typing import Any, TypeVar

from django.http import HttpResponseBase

EXPORT = "opscom.export_reportdownload"  # the right to take any list that one sees out of the office
Answer = TypeVar("Answer", bound=HttpResponseBase)


def called(answer: Answer, report: str, asked: str = "") -> Answer:
    """The file under this name, with what was asked for."""
    marked: Any = answer
    marked.taken = report, asked
    return answer


def name_of(answer: HttpResponseBase) -> tuple[str, str] | None:
    """(name, what was asked for) of a file that says so."""
    found: tuple[str, str] | None = getattr(answer, "taken", None)
    return found
