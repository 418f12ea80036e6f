"""Passwords at rest."""

import asyncio

import pytest

from alfred_mock.core.passwords import HASHED, Passwords
from alfred_mock.core.slots import Overloaded

pytestmark = pytest.mark.anyio


async def test_a_hash_fits_its_password_and_no_other() -> None:
    passwords = Passwords(hashes=True)
    stored = await passwords.to_store("right")
    assert stored.startswith(HASHED)
    assert "right" not in stored
    assert await passwords.is_right("right", stored)
    assert not await passwords.is_right("wrong", stored)
    assert not await passwords.is_right("right", f"{HASHED}broken")


async def test_clear_ones_are_still_known_where_new_ones_are_hashed() -> None:
    passwords = Passwords(hashes=True)
    assert await passwords.is_right("old", "old")
    assert not await passwords.is_right("other", "old")


async def test_without_protection_they_stay_as_they_are() -> None:
    passwords = Passwords(hashes=False)
    assert await passwords.to_store("as it is") == "as it is"
    assert await passwords.is_right("\udcff", "\udcff")


async def test_nobody_has_no_password() -> None:
    for passwords in (Passwords(hashes=True), Passwords(hashes=False)):
        assert not await passwords.is_right("", None)


async def test_log_ins_in_masses_are_refused_beyond_the_queue() -> None:
    passwords = Passwords(hashes=True, most_waiting=3)
    many = await asyncio.gather(
        *(passwords.is_right("x", None) for _ in range(10)), return_exceptions=True
    )
    refused = [each for each in many if isinstance(each, Overloaded)]
    assert len(refused) == 5
    assert many.count(False) == 5
