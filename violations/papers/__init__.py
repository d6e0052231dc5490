"""What is printed: tickets, letters, labels."""
