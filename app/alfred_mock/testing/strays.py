"""Calls of no company: their credentials are missing or wrong.

That is the commonest mistake, and such a call is in no company's journal. So whoever asks in vain
for a company's calls is told of them.
"""

from collections.abc import Sequence

from alfred_mock.control_client import ControlClient, ControlError
from alfred_mock.testing.journal import Request, listing, request_from

HEADING = "Calls without credentials, or with unknown ones, that were made meanwhile:"
_MOST = 1_000


def newest_stray(control: ControlClient) -> int | None:
    """The number of the newest such call, 0 if there is none; None if the server does not say."""
    try:
        answer = control.call("GET", "requests", query={"anonymous": "true", "limit": 1})
    except ControlError:  # the journal is off, or the server is older
        return None
    return max((int(entry["number"]) for entry in answer["requests"]), default=0)


def strays(control: ControlClient, since: int | None) -> list[Request]:
    """The calls after this one; none where it is not known."""
    if since is None:
        return []
    query = {"anonymous": "true", "since": since, "limit": _MOST}
    try:
        answer = control.call("GET", "requests", query=query)
    except ControlError:
        return []
    return [request_from(entry) for entry in answer["requests"]]


def paragraph(calls: Sequence[Request]) -> list[str]:
    """Lines that tell of such calls, none if there are none."""
    return [HEADING, *(f"  {line}" for line in listing(calls).splitlines())] if calls else []
