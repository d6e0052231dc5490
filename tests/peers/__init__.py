"""Stand-ins for outside services. Each is a separate process on loopback that knows nothing of Django or of our models."""
