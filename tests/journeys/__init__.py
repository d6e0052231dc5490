"""Journeys: real people's ways through the running portal, in headless Chromium, with every part a process of its own."""
