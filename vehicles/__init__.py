"""Vehicles and who drives them."""
