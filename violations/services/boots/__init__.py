"""What is done with boots: keep, fit, release, take back, follow up. Locks: payments, charges, assignment, boot."""
