"""Handles for coroutines."""

import inspect
import sys
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any


class AsyncForm:
    """A handle whose methods are awaited; what is no method is as it was.

    Each call runs in a thread, so that the event loop goes on and the client in it can make the
    requests that are waited for. It works with asyncio and with trio.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._handle, name)
        if inspect.ismethod(value) or inspect.isfunction(value):
            return _awaited(value)
        return AsyncForm(value) if name in ("clock", "events") else value

    def __dir__(self) -> list[str]:
        return dir(self._handle)

    def __repr__(self) -> str:
        return f"<asynchronous form of {self._handle!r}>"


def _awaited(method: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def call(*arguments: Any, **named: Any) -> Any:
        from anyio import to_thread

        # A test that is cancelled need not wait for the end of the call.
        run = partial(method, *arguments, **named)
        return await to_thread.run_sync(run, abandon_on_cancel=True)

    return call


def is_in_coroutine() -> bool:
    """Whether an event loop of asyncio runs in this thread."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None
