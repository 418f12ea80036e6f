"""A short form of `make chaos`: some faults, and what was acknowledged is read back."""

import dataclasses
import uuid
from pathlib import Path

import asyncpg
import pytest

from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.rounds import Plan, run
from tests.support import run_async

PLAN = Plan(healthy_seconds=0.4, fault_seconds=0.8, timeout=2.0)
# A slow machine must still start within the time-out; only where PostgreSQL hangs is it waited for.
PATIENT = dataclasses.replace(PLAN, fault_seconds=2.5)


class _Server:
    """The PostgreSQL of the tests."""

    def __init__(self, url: str) -> None:
        self._url = url

    def psql(self, statement: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(self._url)
            await connection.execute(statement)
            await connection.close()

        run_async(execute())

    def new_database(self, folder: Path) -> str:
        name = f"chaos_{uuid.uuid4().hex[:12]}"
        self.psql(f"CREATE DATABASE {name}")
        base, _, query = self._url.partition("?")
        return f"{base.rpartition('/')[0]}/{name}?{query}"


def _happens(name: str, server: _Server | None) -> None:
    (fault,) = [fault for fault in FAULTS if fault.name == name]
    outcome = run(fault, PATIENT if "hangs" in name else PLAN, server)
    assert outcome.acknowledged > 0
    assert (outcome.lost, outcome.duplicated) == (0, 0)
    assert outcome.undocumented == []
    assert outcome.traces == 0
    assert outcome.recovered_after_s is not None


@pytest.mark.parametrize(
    "name", ["killed (kill -9), started again", "disk full", "SQLite held by another process"]
)
def test_nothing_that_sqlite_has_acknowledged_is_lost(name: str) -> None:
    _happens(name, None)


@pytest.mark.parametrize(
    "name", ["one of two replicas killed", "PostgreSQL hangs", "PostgreSQL read-only"]
)
def test_nothing_that_postgresql_has_acknowledged_is_lost(name: str, postgres: str) -> None:
    _happens(name, _Server(postgres))
