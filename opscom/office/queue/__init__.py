"""What waits for somebody in the office: the lanes of its first page."""
