"""Faults: answers that fail on purpose, when and as often as a tester wants them to."""
