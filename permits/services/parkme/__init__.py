"""Text2ParkMe: parking, and parking longer, by text message (TXT-1 to TXT-5)."""
