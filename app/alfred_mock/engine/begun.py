"""Coroutines that are run without a task at first, and what a task needs to go on with them."""

from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


async def given(outcome: T | BaseException) -> T:
    """What a coroutine has come to already."""
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


class Rest:
    """What is left of a coroutine that waits for something already."""

    def __init__(self, run: Coroutine[Any, Any, Any], awaited: Any) -> None:
        self._run = run
        self._awaited = awaited

    def __await__(self) -> Generator[Any, None, Any]:
        while True:
            thrown = None
            try:
                yield self._awaited
            except BaseException as error:
                thrown = error
            try:
                self._awaited = self._run.send(None) if thrown is None else self._run.throw(thrown)
            except StopIteration as finished:
                return finished.value


async def rest_of(run: Coroutine[Any, Any, Any], awaited: Any) -> None:
    """The same for a task, which wants a coroutine."""
    await Rest(run, awaited)
