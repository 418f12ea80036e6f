"""Requests as they come, a line each, for the person who has started the server."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO

from alfred_mock.core.request_line import request_line
from alfred_mock.core.terminal import has_colour


class RequestLines(logging.StreamHandler[TextIO]):
    """Writes the records of the access log aligned, and on a terminal in colours."""

    def __init__(self, stream: TextIO, *, is_hidden: Callable[[str], bool]) -> None:
        """`is_hidden` says of a path whether requests for it are left out."""
        super().__init__(stream)
        self._colour = has_colour(stream)
        self._is_hidden = is_hidden

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a request, unless it is to be left out."""
        if not self._is_hidden(vars(record)["fields"]["path"]):
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """The line of a request."""
        fields: dict[str, Any] = vars(record)["fields"]
        caller: tuple[str, str] | str | None = vars(record)["caller"]
        if isinstance(caller, tuple):
            caller = ", ".join(caller)
        # The time on the wall of whoever looks at the terminal.
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        shown = {**fields, "at": at, "caller": caller}
        return request_line(shown, colour=self._colour)
