"""What is done to a whole person, across every app: closing, erasing, merging, handing over the own data."""
