"""The suite. Its tree mirrors the code; tests/peers are the other sides of our protocols, as processes of their own."""
