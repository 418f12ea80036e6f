"""A reference server and test double for Tagshelf's Alfred API."""

__version__ = "0.1.0"
