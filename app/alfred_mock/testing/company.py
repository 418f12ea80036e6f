"""A company of one test's own: its credentials, and what can be done to it."""

from dataclasses import dataclass
from typing import Any

from alfred_mock.testing.control_client import ControlClient, ControlError
from alfred_mock.testing.scope import Scope


@dataclass(frozen=True)
class HmacPair:
    """What the official SDKs call `secret_key` is the id, and what they call `api_key` the key."""

    id: str
    key: str


@dataclass(frozen=True)
class User:
    """Who can ask for an access token."""

    user_name: str
    password: str


class Company(Scope):
    """Nothing that another company does is ever seen by it."""

    def __init__(self, control: ControlClient, made: dict[str, Any]) -> None:
        super().__init__(control, made["id"])
        self.id: str = made["id"]
        self.name: str = made["name"]
        self.url = control.url
        """Where the server is."""
        self.api_key: str = made["api_key"]
        self.headers = {"X-TagshelfAPI-Key": self.api_key}
        """What a request must carry to be this company's."""
        self.hmac = HmacPair(**made["hmac"])
        self.user = User(**made["user"])

    def __repr__(self) -> str:
        return f"<Company {self.name!r} ({self.id}) at {self.url}>"

    def set_session(self, session_id: str, **fields: Any) -> Any:
        """Change a deferred session as no request could; returns it."""
        return self._control.call("PATCH", "deferred-sessions", session_id, body=fields)

    def set_job(self, job_id: str, **fields: Any) -> Any:
        """Change a job, such as `stage="failed"`; returns it."""
        return self._control.call("PATCH", "jobs", job_id, body=fields)

    def set_file(self, file_id: str, **fields: Any) -> Any:
        """Change a file; returns it."""
        return self._control.call("PATCH", "files", file_id, body=fields)

    def delete(self) -> None:
        """Remove it and all that it owns; no error if it is gone already."""
        try:
            self._control.call("DELETE", "companies", self.id)
        except ControlError as error:
            if error.status != 404:
                raise
