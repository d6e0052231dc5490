"""What happens to lockers."""
