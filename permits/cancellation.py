"""What a cancelled permit gives back (RULES 40, 47, 48): as everything that is given up."""

from payments.cancellation import Back, CancelQuote, CancelRefund, Policy, money_back

__all__ = ["Back", "CancelQuote", "CancelRefund", "Policy", "money_back"]
