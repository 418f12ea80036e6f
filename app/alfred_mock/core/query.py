"""The query of a URL, for what FastAPI does not read."""

from urllib.parse import parse_qsl


def parameters_of(query_string: bytes) -> dict[str, str]:
    """The parameters by name, the first of each; a plus is a plus, not a space.

    The Python client does not encode what it puts into a query, and the JavaScript client encodes
    all of it (SDK). So neither means a space by it.
    """
    text = query_string.decode("latin-1").replace("+", "%2B")
    return dict(reversed(parse_qsl(text, keep_blank_values=True)))
