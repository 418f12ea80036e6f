"""Exit statuses of all commands; the README's table says what they mean."""

DONE = 0
NOT_MET = 1
"""There is no such thing, or what was asked about is not so."""
REFUSED = 2
"""The command line, a setting or the server says that this cannot be."""
UNREACHABLE = 3
"""The server cannot be reached, or cannot do it now; `serve` could not start."""
