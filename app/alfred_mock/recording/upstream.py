"""The real Alfred behind the proxy: one connection for each request, nothing followed."""

import asyncio
import http.client
from dataclasses import replace

from alfred_mock.conformance.exchange import Answer, Request, Stopped
from alfred_mock.conformance.remote import checked_url, connection_to, why
from alfred_mock.recording.exchanges import LARGEST

# About the connection to the next hop only, or made anew for it.
_HOP = frozenset(
    ("connection", "content-length", "host", "keep-alive", "proxy-authenticate",
     "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "accept-encoding")
)  # fmt: skip


class Upstream:
    """A server behind a URL."""

    def __init__(self, url: str) -> None:
        """`url` is checked as that of `alfred-mock conformance` is.

        Raises:
            Refusal: nothing may be sent there.
        """
        self._parts = checked_url(url, option="--to")
        self.host = self._parts.netloc
        self.origin = f"{self._parts.scheme}://{self.host}{self._parts.path.rstrip('/')}"

    async def send(self, request: Request) -> Answer:
        """Send a request on.

        Raises:
            Stopped: the server cannot be reached, or its answer is too large.
        """
        try:
            return await asyncio.to_thread(self._exchange, request)
        except (OSError, http.client.HTTPException) as error:
            raise Stopped(f"{self.host} cannot be reached: {why(error)}") from None

    def _exchange(self, request: Request) -> Answer:
        connection = connection_to(self._parts)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
        headers["Accept-Encoding"] = "identity"
        if not request.body and request.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = "0"
        target = self._parts.path.rstrip("/") + request.target
        try:
            connection.request(request.method, target, request.body or None, headers)
            response = connection.getresponse()
            body = response.read(LARGEST + 1)
        finally:
            connection.close()
        if len(body) > LARGEST:
            raise http.client.HTTPException(f"an answer has more than {LARGEST} bytes")
        named = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, named, body)


def to_client(answer: Answer) -> Answer:
    """The answer with the headers that the client is to get."""
    kept = tuple((name, value) for name, value in answer.headers if name not in _HOP)
    return replace(answer, headers=(*kept, ("content-length", f"{len(answer.body)}")))
