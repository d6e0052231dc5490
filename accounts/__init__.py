"""People: accounts, registration, second factor, profile, and the mail that is sent to them."""
