"""State of the things that callers have made, as a tester says it."""
