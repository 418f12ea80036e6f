"""The parameters of calls that list or wait, and the wait itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated

from fastapi import Query
from pydantic import Field

from alfred_mock.core.values import AsWritten

MOST_SECONDS = 60
MOST_SHOWN = 10_000

LimitQuery = Annotated[
    int, Field(ge=0, le=MOST_SHOWN), AsWritten, Query(description="The newest so many.")
]
CountQuery = Annotated[
    int, Field(ge=1, le=1_000_000), AsWritten, Query(description="How many must match.")
]
TimeoutQuery = Annotated[
    float, Field(ge=0, le=MOST_SECONDS), AsWritten, Query(description="Seconds.")
]


async def arrives(arrival: asyncio.Event, seconds: float) -> None:
    """Wait for an arrival, for so many seconds at most."""
    with suppress(TimeoutError):
        await asyncio.wait_for(arrival.wait(), seconds)


async def until_enough(
    count: Callable[[], Awaitable[int]],
    wanted: int,
    seconds: float,
    *,
    arrival: Callable[[], asyncio.Event],
    arrives: Callable[[asyncio.Event, float], Awaitable[None]] = arrives,
) -> int:
    """How many there are, once there are as many as wanted or the time is over.

    `arrival` is what the next one sets; `arrives` waits for that.
    """
    # Not the time of `time`: in a test's own process that may stand still.
    now = asyncio.get_running_loop().time
    until = now() + seconds
    while True:
        next_one = arrival()
        total = await count()
        left = until - now()
        if total >= wanted or left <= 0:
            return total
        await arrives(next_one, left)
