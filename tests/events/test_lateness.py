"""Timed jobs of many companies are told soon after they are due; the benchmark measures more."""

import pytest

from benchmarks.lateness import Load, measure

pytestmark = pytest.mark.anyio

SMALL = Load(companies=10, jobs_of_each=5, seconds=1, events_per_second=100)
MOST_MS = 2_000
"""Far more than it takes, since other tests run beside."""


async def test_each_event_is_told_soon_after_it_is_due(database_url: str) -> None:
    found = await measure(SMALL, database_url)
    assert found.missing == 0
    assert len(found.late_ms) > 20
    assert min(found.late_ms) >= 0
    assert sorted(found.late_ms)[len(found.late_ms) // 2] < MOST_MS
