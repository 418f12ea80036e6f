"""Keeps what a server of this process logs away from the log of the tests.

A suite looks at its own log, with `caplog` for example; the server's lines there would be noise,
and would break assertions about what was logged.
"""

import logging
from collections import deque
from contextvars import ContextVar
from typing import Any

MOST_LINES = 10_000
"""Older lines make room."""

_FORMAT = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
_CURRENT: ContextVar["ServerLog | None"] = ContextVar("alfred_mock_log", default=None)


class ServerLog:
    """The newest lines that one server has logged."""

    def __init__(self, level: str) -> None:
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._level = level.upper()

    def take_over(self) -> Any:
        """From now on, what is logged in this context comes here; a token for `give_back`."""
        _install()
        # The level of the tests' own log says nothing about the server's.
        logging.getLogger("alfred_mock").setLevel(self._level)
        return _CURRENT.set(self)

    @staticmethod
    def give_back(token: Any) -> None:
        """End what `take_over` began."""
        _CURRENT.reset(token)

    def add(self, record: logging.LogRecord) -> None:
        """Take a line; a stack trace belongs to it."""
        self._lines.append(_FORMAT.format(record))

    def __str__(self) -> str:
        return "\n".join(self._lines)


def _install() -> None:
    # A server logs through loggers of many libraries, some of which are imported late. There is
    # no other place that all records pass before the handlers of the root logger.
    if getattr(logging.Logger.callHandlers, "is_of_alfred_mock", False):
        return
    original = logging.Logger.callHandlers

    def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        log = _CURRENT.get()
        if log is None:
            original(logger, record)
        else:
            log.add(record)

    call_handlers.is_of_alfred_mock = True  # type: ignore[attr-defined]
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign,assignment]
