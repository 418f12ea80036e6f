"""Faults on purpose: what was acknowledged is written down, and read back afterwards."""
