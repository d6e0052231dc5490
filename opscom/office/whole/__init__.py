"""Everything about one thing on one page of the office: a person, a ticket, a payment, a lot."""
