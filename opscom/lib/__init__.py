"""What every app may use and that itself knows no app."""
