"""Overrides: sessions, jobs, files and tokens as a test needs them."""
