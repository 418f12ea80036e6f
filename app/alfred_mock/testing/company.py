"""A company for one test: its credentials, and all that a test can do to it."""

from dataclasses import dataclass
from typing import Any

from alfred_mock.testing.control_client import ControlClient, ControlError
from alfred_mock.testing.scope import Scope


@dataclass(frozen=True)
class HmacCredentials:
    """The id is `secret_key` to the official SDKs, and the key is `api_key`."""

    id: str
    key: str


@dataclass(frozen=True)
class UserCredentials:
    """A user, who can ask for an access token."""

    user_name: str
    password: str


class Company(Scope):
    """A company of its own: it never sees anything of another company."""

    def __init__(
        self, control: ControlClient, made: dict[str, Any], *, since: int | None = None
    ) -> None:
        super().__init__(control, made["id"], since)
        self.id: str = made["id"]
        self.name: str = made["name"]
        self.url = control.url
        """Where the server is."""
        self.api_key: str = made["api_key"]
        self.headers = {"X-TagshelfAPI-Key": self.api_key}
        """The headers that make a request this company's."""
        self.hmac = HmacCredentials(**made["hmac"])
        self.user = UserCredentials(**made["user"])

    def __repr__(self) -> str:
        return f"<Company {self.name!r} ({self.id}) at {self.url}>"

    def set_session(self, session_id: str, **fields: Any) -> Any:
        """Change a deferred session in ways that no client can; returns it."""
        return self._control.call("PATCH", "deferred-sessions", session_id, body=fields)

    def set_job(self, job_id: str, **fields: Any) -> Any:
        """Change a job, such as `stage="failed"`; returns it."""
        return self._control.call("PATCH", "jobs", job_id, body=fields)

    def set_file(self, file_id: str, **fields: Any) -> Any:
        """Change a file; returns it."""
        return self._control.call("PATCH", "files", file_id, body=fields)

    def remove_session(self, session_id: str) -> None:
        """Remove a deferred session, with the files that wait in it."""
        self._control.call("DELETE", "deferred-sessions", session_id)

    def remove_job(self, job_id: str) -> None:
        """Remove a job with its files."""
        self._control.call("DELETE", "jobs", job_id)

    def remove_file(self, file_id: str) -> None:
        """Remove a file with its content."""
        self._control.call("DELETE", "files", file_id)

    def delete(self) -> None:
        """Remove it and all that it owns; no error if it is gone already."""
        try:
            self._control.call("DELETE", "companies", self.id)
        except ControlError as error:
            if error.status != 404:
                raise
