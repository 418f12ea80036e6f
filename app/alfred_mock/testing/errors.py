"""What can keep a server from starting; imports nothing."""


class StartError(Exception):
    """The server cannot start; the text says why."""
