"""Clients that five generators make of the document, each compiled and run: `make clients`."""
