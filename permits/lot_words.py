"""Where and when permits hold, in sentences for whoever buys or has one."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opscom.lib.weektimes import written_times
from permits.models import Lot, PermitType


def covers_words(lot: Lot) -> Iterator[str]:
    """In which other lots its permits hold. One query."""
    others = ", ".join(cover.also.name for cover in lot.covers.select_related("also"))
    if others:
        yield _("Permits for it hold in %(lots)s, too.") % {"lots": others}


def times_words(lot: Lot, permit_type: PermitType | None = None) -> Iterator[str]:
    """When one needs a permit there, and when it holds, if that is not always."""
    if permit_type is not None and permit_type.needs_form is not None:
        yield _("It needs the form “%(form)s”, approved by the office.") % {"form": permit_type.needs_form.name}
    if permit_type is not None and permit_type.needs_group is not None:
        yield _("It is sold only with a paid permit for %(group)s.") % {"group": permit_type.needs_group}
    if permit_type is not None and permit_type.valid_times:
        yield _("The permit holds: %(times)s") % {"times": written_times(permit_type.valid_times)}
    if lot.free_times:
        yield _("No permit needed: %(times)s") % {"times": written_times(lot.free_times)}
        if lot.free_without_debts:
            yield debts_words()
    if lot.closed_times:
        yield _("No parking: %(times)s") % {"times": written_times(lot.closed_times)}


def debts_words() -> str:
    """For whom the times without a permit are not."""
    return _("Vehicles with unpaid tickets need a permit at these times, too.")


def review_words(permit_type: PermitType) -> Iterator[str]:
    """What holds between the form and the office's answer, for whoever buys."""
    if permit_type.sold_in_review and permit_type.review_days:
        yield ngettext(
            "Submit it, and you can have the permit at once, at its price, for %(n)s day while the office reviews it. Approved, "
            "it goes on; if not, you get back what you paid for the days that you did not use.",
            "Submit it, and you can have the permit at once, at its price, for %(n)s days while the office reviews it. Approved, "
            "it goes on; if not, you get back what you paid for the days that you did not use.",
            permit_type.review_days,
        ) % {"n": permit_type.review_days}
