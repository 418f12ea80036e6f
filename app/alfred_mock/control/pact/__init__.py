"""Pact provider states: what a contract says is given, made and removed over HTTP."""
