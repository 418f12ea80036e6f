"""No garbage collection while much is built that stays for a while."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_AT_ONCE = 100


def let_go(items: list[Any]) -> None:
    """Empty a long list little by little: to be run on a thread.

    To free it is one step for the interpreter, in which no other thread gets its turn.
    """
    while items:
        del items[-_AT_ONCE:]


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the collector from running.

    A start imports and builds what stays for good. To look through all of it for garbage, again
    and again while it grows, takes a sixth of the time. A large seed is the same, for as long as it
    is loaded, and the event loop waits for the collector.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
