"""A request's body that is looked at before the application reads it."""

from starlette.types import Message, Receive


class ReadAhead:
    """A `receive` that gives the application again what was looked at."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._seen: list[Message] = []

    async def look(self, limit: int) -> bytes:
        """The body, or its begin where it has more than so many bytes."""
        body = b""
        has_more = True
        while has_more and len(body) <= limit:
            message = await self._receive()
            self._seen.append(message)
            body += message.get("body", b"")
            has_more = message.get("more_body", False)
        return body

    async def __call__(self) -> Message:
        return self._seen.pop(0) if self._seen else await self._receive()
