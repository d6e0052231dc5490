"""A strict stand-in for Twilio's messages: one account with one number, its carrier in between, on loopback.

Written from Twilio's public documents; no account of Twilio's was reached. The carrier blocks who texted STOP, and a phone is
whatever a test says that it sends (`/_test/inbound`).
"""
