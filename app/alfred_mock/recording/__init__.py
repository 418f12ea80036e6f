"""A proxy that records what passes, and makes a seed of it."""
