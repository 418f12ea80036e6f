"""A company for one test: its credentials, and all that a test can do to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alfred_mock.control_client import ControlClient, ControlError
from alfred_mock.testing.scope import MOST_SHOWN, Part, Scope

if TYPE_CHECKING:
    from alfred_mock.testing.webhook import Webhook


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
        self._webhooks: list[Webhook] = []

    def __repr__(self) -> str:
        return f"<Company {self.name!r} ({self.id}) at {self.url}>"

    def webhook(self) -> "Webhook":
        """A receiver on loopback that is the company's webhook from now on; the last one is.

        The server must run on this machine. It ends with the company.
        """
        # Few tests need it, and an HTTP server takes long to import.
        from alfred_mock.testing.webhook import Webhook

        made = Webhook(self._set_webhook, self._remove_webhook)
        self._webhooks.append(made)
        return made

    def reset(self, only: Sequence[Part] | None = None) -> None:
        """Go back to the seed: all of it, or only these parts. Credentials stay valid.

        A receiver that was the webhook is it again afterwards.
        """
        super().reset(only)
        open_ones = [webhook for webhook in self._webhooks if not webhook.is_closed]
        if open_ones and (only is None or "state" in only):
            self._set_webhook(open_ones[-1].url)

    def redeliver(self, event_id: str) -> Any:
        """Deliver an event once more, at once; returns the attempt that is planned."""
        return self._control.call("POST", "events", event_id, "redeliver")

    def deliveries(self, **filters: Any) -> list[Any]:
        """Attempts to deliver events, made and planned, oldest first.

        Filters are `event` (an event's id), `state` (such as "failed") and `limit`.
        """
        query = {"company": self.id, "limit": MOST_SHOWN, **filters}
        found: list[Any] = self._control.call("GET", "deliveries", query=query)["deliveries"]
        return found

    def fail_delivery(self, event: str = "*", **effect: Any) -> Any:
        """Make deliveries of events of this name (a glob) go wrong; returns the fault.

        The effect is one of `lost=True`, `delay_s=`, `reordered=True`, `copies=`, `foreign=True`,
        `receiver_s=` and `status=`; `skip=` leaves so many alone first, `times=` ends it.
        """
        body = {"company": self.id, "event": event, **effect}
        return self._control.call("POST", "webhook", "faults", body=body)

    def _set_webhook(self, url: str) -> None:
        self._control.call("PUT", "webhook", body={"company": self.id, "url": url})

    def _remove_webhook(self, url: str) -> None:
        """Unless another one has taken its place."""
        try:
            shown = self._control.call("GET", "webhook", query={"company": self.id})
            if [each["url"] for each in shown["webhooks"]] == [url]:
                self._control.call("DELETE", "webhook", query={"company": self.id})
        except ControlError as error:
            if error.status not in (None, 404):
                raise

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
        for webhook in self._webhooks:
            webhook.close()
        try:
            self._control.call("DELETE", "companies", self.id)
        except ControlError as error:
            if error.status != 404:
                raise
