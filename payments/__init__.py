"""Money: what is owed, the attempts to pay it, the ledger, and the card providers. Knows no domain."""
