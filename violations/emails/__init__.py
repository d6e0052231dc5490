"""What tickets, appeals and boots tell people by e-mail."""
