"""How a domain plugs into payments: one small class a kind of charge, registered when its app starts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import Charge


class Payable:
    """What payments asks of the domain that owns a charge. Hooks run inside a transaction with the charge locked, touch
    only the database, may run twice, and send no mail. `label` is what the office calls the kind."""

    label: ClassVar[str | Promise] = ""
    held: ClassVar[bool] = False  # the payer gets it back: in the books a liability, not income
    plannable: ClassVar[bool] = False  # may be paid in the instalments of a plan

    def check(self, charge: Charge, at: datetime) -> None:
        """Raise PaymentRefused where the charge may not be paid now."""

    def bring_up_to_date(self, charges: Sequence[Charge], at: datetime) -> None:
        """Somebody opens a payment for these charges of this kind: make what is due beside them by now. Called once."""

    def owed_beside(self, charges: Sequence[Charge]) -> Iterable[int]:
        """The keys of all that is owed for what these charges of this kind are for. Called once."""
        return [charge.pk for charge in charges]

    def of_same_debtor(self, charges: Collection[int]) -> Iterable[int]:
        """Where nobody is named who owes these charges, by their keys: those of whoever it is, as far as this domain can tell,
        such as all of one plate."""
        return ()

    def keep_until(self, charge: Charge, until: datetime) -> None:
        """Somebody is paying: keep what is held for it at least until then (RULES 5)."""

    def may_use_stored_card(self, charges: Sequence[Charge]) -> bool:
        """Whether a card that its holder stored for parking may pay these, all of this kind (CARD-4). Called once."""
        return False

    def most_refundable(self, charge: Charge) -> Decimal | None:
        """How much of what was paid may still go back where part of what was bought is used up; None: all of it."""
        return None

    def on_settled(self, charge: Charge, at: datetime) -> None:
        """All of it is paid: give what was bought."""

    def on_reversed(self, charge: Charge, at: datetime) -> None:
        """Money for it was taken back by the bank, and it is owed again: suspend what was given, delete nothing (RULES 46)."""

    def is_passed_on(self, charge: Charge) -> bool:
        """Whether what was given is another person's by now, who owes nothing for it: nothing was suspended, and staff decide."""
        return False

    def on_planned(self, charge: Charge, at: datetime) -> None:
        """A payment plan covers it from now on: what time adds to it stops."""

    def on_plan_ended(self, charge: Charge, at: datetime, *, catch_up: bool) -> None:
        """It covers it no longer, and time counts again; with `catch_up` as if the plan had never been."""

    def recover(self, charge: Charge, at: datetime) -> bool:
        """Money came for a void charge. True if the thing can still be given; then the charge is opened again (RULES 6)."""
        return False


class FeePayable(Payable):
    """A fee of the office: nothing stands behind it."""

    label = _("Fees")
    plannable = True


_registry: dict[str, Payable] = {}


def register(kind: str, payable: Payable) -> None:
    """Called once a kind from `AppConfig.ready()`."""
    _registry[kind] = payable


def kind_choices() -> list[tuple[str, str]]:
    """Every kind of item that can be paid here, with what the office calls it."""
    return [(kind, str(payable.label or kind)) for kind, payable in sorted(_registry.items())]


def bring_up_to_date(charges: Iterable[Charge], at: datetime) -> None:
    """Ask each kind among locked charges once."""
    for payable, group in _by_kind(charges):
        payable.bring_up_to_date(group, at)


def all_owed_beside(charges: Iterable[int]) -> set[int]:
    """Those charges with what is owed beside them, such as late fees that came since."""
    groups = _by_kind(Charge.objects.filter(pk__in=charges).order_by())
    return {key for payable, group in groups for key in payable.owed_beside(group)}


def all_of_same_debtor(charges: Iterable[int]) -> set[int]:
    """Those charges of which nobody is named who owes them, with all others of whoever it is, also those that are paid."""
    keys = set(charges)
    return keys.union(*(payable.of_same_debtor(keys) for payable in _registry.values()))


def may_use_stored_card(charges: Iterable[Charge]) -> bool:
    """Whether a card stored for parking may pay all of these. A query a kind."""
    groups = _by_kind(charges)
    return bool(groups) and all(payable.may_use_stored_card(group) for payable, group in groups)


def held_kinds() -> set[str]:
    """The kinds of which the office only holds the money."""
    return {kind for kind, payable in _registry.items() if payable.held}


def plannable_kinds() -> set[str]:
    """The kinds that may be paid in the instalments of a plan."""
    return {kind for kind, payable in _registry.items() if payable.plannable}


def taxable_choices() -> list[tuple[str, str]]:
    """The kinds that may bear a tax: what is given back bears none."""
    return [choice for choice in kind_choices() if choice[0] not in held_kinds()]


def payable_for(charge: Charge) -> Payable:
    """The domain's class for this charge. KeyError for a kind that nobody registered: a mistake of ours, not of a payer."""
    return _registry[charge.kind]


def _by_kind(charges: Iterable[Charge]) -> list[tuple[Payable, list[Charge]]]:
    """Each kind's class with its charges."""
    kinds: dict[str, list[Charge]] = {}
    for charge in charges:
        kinds.setdefault(charge.kind, []).append(charge)
    return [(_registry[kind], group) for kind, group in kinds.items()]
