"""What a plate check says in words, in the active language."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opscom.lib.dates import day_before, start_of_day, today
from opscom.lib.weektimes import written_times
from opscom.templatetags.portal import spaced_plate
from permits.models import PlateCheck
from permits.services.plate_check import Answer

Verdict = PlateCheck.Verdict
_SENTENCES: dict[str, Promise] = {
    Verdict.COVERED: gettext_lazy("Its permit is valid %(until)s in %(lot)s."),
    Verdict.ELSEWHERE: gettext_lazy("Its permit is not for this lot. It is valid %(until)s in %(lot)s."),
    Verdict.SUSPENDED: gettext_lazy("Its permit for %(lot)s is suspended."),
    Verdict.EXPIRED: gettext_lazy("Its permit was valid %(until)s in %(lot)s."),
    Verdict.OFF_HOURS: gettext_lazy("Its permit only holds at other times (%(times)s), in %(lot)s."),
}


def sentence(answer: Answer) -> str:
    """The verdict and its reason in one sentence."""
    if answer.times_end:
        text = (
            _("Until %(time)s nobody may park here, not even with a permit.")
            if answer.verdict == Verdict.CLOSED
            else _("Until %(time)s no permit is needed here.")
        )
        return text % {"time": _clock(answer.times_end, answer.at)}
    permit = answer.permit
    if permit is None or answer.starts is None or answer.ends is None:
        return _("No permit is known for this plate.")
    words = {"lot": permit.lot.name, "until": _until(answer.ends, answer.at)}
    if answer.grace_until:
        words["time"] = _clock(answer.grace_until, answer.at)
        return _("Its permit was valid %(until)s in %(lot)s. The grace time until %(time)s is not over.") % words
    if answer.verdict == Verdict.UNPAID:
        words["time"] = _clock(permit.held_until, answer.at) if permit.held_until else ""
        return _("A place in %(lot)s is held until %(time)s, but not paid.") % words
    if answer.verdict == Verdict.LATER:
        day = today(answer.starts)
        words["start"] = _day(day) if answer.starts == start_of_day(day) else _clock(answer.starts, answer.at)
        return _("Its permit is only valid from %(start)s on, in %(lot)s.") % words
    if permit.provisional_before and answer.verdict == Verdict.COVERED:
        return _("Its permit is valid while the office reviews a form, %(until)s, in %(lot)s.") % words
    words["times"] = written_times(permit.permit_type.valid_times)
    return _SENTENCES[answer.verdict] % words


def notes(answer: Answer) -> dict[str, str]:
    """What an officer should know besides, by stable words."""
    said = {}
    if answer.other:
        text = (
            _("Another plate of this permit was checked at %(time)s in %(lot)s. One may be parked at a time.")
            if answer.other.lot
            else _("Another plate of this permit was checked at %(time)s. One may be parked at a time.")
        )
        said["other-plate"] = text % {"time": _clock(answer.other.at, answer.at), "lot": answer.other.lot}
    if answer.in_debt:
        said["unpaid-tickets"] = _("No permit is needed here now, but not of this plate: it has unpaid tickets.")
    if answer.alike:
        plates = ", ".join(f"{spaced_plate(vehicle.plate)} {vehicle.region_short}" for vehicle in answer.alike)
        said["look-alike"] = _("A permit is known for %(plates)s, which looks alike. Look at the plate again.") % {
            "plates": plates
        }
    return said


def _until(ends: datetime, at: datetime) -> str:
    """Through the last day where it ends with one, else until a moment."""
    day = today(ends)
    if ends == start_of_day(day):
        return _("through %(day)s") % {"day": _day(day_before(day))}
    return _("until %(time)s") % {"time": _clock(ends, at)}


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _clock(moment: datetime, at: datetime) -> str:
    """The time, with its day where that is another one."""
    local = timezone.localtime(moment)
    return date_format(local, "TIME_FORMAT" if local.date() == today(at) else "DATETIME_FORMAT")
