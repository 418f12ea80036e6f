"""Parts of a seed that several states add, and parameters that several states have."""

from typing import Any

from alfred_mock.alfred.wire import Id
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import Parameters
from alfred_mock.core.clock import Instant, to_wire

USER_NAME = "API Key 1"
"""Who has made what a state does not name the maker of: the company's API key."""


class NoParameters(Parameters):
    """A state without parameters."""


class IdParameters(Parameters):
    """Which one is not to exist: any unused id unless given."""

    id: Id | None = None


def session_part(
    session_id: str, created: Instant, user_name: str = USER_NAME, job_id: str | None = None
) -> dict[str, Any]:
    """A session; closed if there is a job."""
    part = {"id": session_id, "creation_date": to_wire(created), "user_name": user_name}
    return part if job_id is None else {**part, "status": "closed", "job_id": job_id}


def file_part(setup: Setup, number: int, created: Instant, session_id: str) -> dict[str, Any]:
    """A file with stand-in content; numbers begin with 1."""
    return {
        "id": setup.services.ids.uuid(),
        "file_name": f"document-{number}.pdf",
        "creation_date": to_wire(created),
        "deferred_session_id": session_id,
    }
