"""What our stand-ins for card providers share: a loopback server, a ledger, a clock, faults and switches."""
