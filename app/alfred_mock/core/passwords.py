"""Passwords at rest: by Argon2id where secrets are protected, in clear otherwise.

A check takes some twenty milliseconds of a core on purpose, so it happens on threads of its own,
and only so many wait: whoever sends log-ins in masses slows nobody but other log-ins down.
"""

import asyncio
import hmac
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

from alfred_mock.core.meter import NO_METER, Meter
from alfred_mock.core.slots import Slots

HASHED = "$argon2id$"
"""What a hash begins with; no password of a seed may."""
_AT_A_TIME, _SECONDS = 2, 5.0
# The second choice of OWASP's, with the least memory: 19 MiB.
_PASSES, _KIBIBYTES = 2, 19_456


class Passwords:
    """Prepares passwords for the database and checks them against it."""

    def __init__(self, *, hashes: bool, most_waiting: int = 100, meter: Meter = NO_METER) -> None:
        """`hashes` is whether new passwords are hashed; old ones are checked as they are stored.

        No more than `most_waiting` log-ins wait for their turn.
        """
        self._hashes = hashes
        self._slots = Slots(
            "log-ins",
            most=_AT_A_TIME,
            most_waiting=most_waiting,
            seconds=_SECONDS,
            meter=meter if hashes else NO_METER,
        )

    async def to_store(self, password: str) -> str:
        """The password as it is to be stored."""
        if not self._hashes:
            return password
        hashed: str = await self._run(self._hasher.hash, _bytes(password))
        return hashed

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Whether this is the password that was stored; None is of a user that there is not.

        It takes as long for None, so that nobody learns by it which users there are.

        Raises:
            Overloaded: too many log-ins are waiting.
        """
        if stored is None:
            if self._hashes:
                await self._run(self._hasher.hash, _bytes(password))
            return False
        if not stored.startswith(HASHED):
            return hmac.compare_digest(_bytes(password), _bytes(stored))
        is_right: bool = await self._run(self._verify, stored, _bytes(password))
        return is_right

    def _verify(self, stored: str, password: bytes) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return bool(self._hasher.verify(stored, password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Any, *arguments: Any) -> Any:
        await self._slots.take()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, *arguments)
        finally:
            self._slots.give_back()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(min(_AT_A_TIME, os.cpu_count() or 1), "passwords")

    @cached_property
    def _hasher(self) -> Any:
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=_PASSES, memory_cost=_KIBIBYTES, parallelism=1)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
