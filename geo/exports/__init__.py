"""Cleared tables become bytes with their provenance inside."""
