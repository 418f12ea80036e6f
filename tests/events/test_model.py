"""Random calls, clock moves and resets against a model of what is told."""

import random
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from alfred_mock.main import Application
from tests.alfred.calls import JOB, NOON, job_of_files
from tests.control import admin
from tests.support import COMPANY, WITH_KEY

pytestmark = pytest.mark.anyio

STAGE_SECONDS = 1
CALLS = 30
_BEGUN = [["job_create", "file_add_to_job"], ["job_stage_update", "job_start"]]
_WORK = [["job_stage_update", "file_status_update"], ["file_status_update"]]
_FAILED = ["file_status_update", "file_failed", "file_move", "job_failed"]
TOLD: dict[str, list[list[str]]] = {
    "completed": [
        *_BEGUN,
        *_WORK,
        ["file_status_update", "file_extracted_data_create"],
        ["file_status_update", "file_category_create", "file_update", "file_move"],
        ["file_status_update"],
        ["file_status_update", "file_done", "job_stage_update", "job_finished"],
    ],
    "failed": [*_BEGUN, *_WORK, _FAILED],
    "cancelled": [*_BEGUN, _WORK[0], ["file_move_to_pending", "job_stage_update"]],
}
"""What each step of a job tells, by how the job ends."""
BEGINS: dict[str, list[int]] = {
    "completed": [0, 1_000, 2_000, 2_200, 2_400, 2_600, 2_800, 3_000],
    "failed": [0, 1_000, 2_000, 2_500, 3_000],
    "cancelled": [0, 1_000, 2_000, 3_000],
}
"""When each step begins, in milliseconds after the creation, if the job is timed."""


@dataclass
class _Job:
    id: str
    outcome: str
    progression: str
    created: int
    reads: int = 0
    told: int = 0

    def reached(self, now: int) -> int:
        """How many steps it has come to."""
        begins = BEGINS[self.outcome]
        if self.progression == "immediate":
            return len(begins)
        if self.progression == "manual":
            return min(max(self.reads, 1), len(begins))
        return max(sum(begin <= now - self.created for begin in begins), 1)

    @property
    def names(self) -> list[str]:
        """What has been told of it."""
        return [name for step in TOLD[self.outcome][: self.told] for name in step]


@dataclass
class _Model:
    client: httpx.AsyncClient
    random: random.Random
    now: int = NOON
    is_on: bool = False
    jobs: list[_Job] = field(default_factory=list)
    count: int = 0
    seen: set[str] = field(default_factory=set)

    def settle(self) -> None:
        """Tell what is due, if somebody has asked."""
        for job in self.jobs if self.is_on else ():
            before = len(job.names)
            job.told = max(job.told, job.reached(self.now))
            self.count += len(job.names) - before

    async def create(self) -> None:
        outcome = self.random.choice(list(TOLD))
        progression = self.random.choice(["immediate", "timed", "manual"])
        asked = {"alfred_mock_outcome": outcome, "alfred_mock_progression": progression}
        job_id = await job_of_files(self.client, metadata=asked)
        self.jobs.append(_Job(job_id, outcome, progression, self.now))

    async def read(self) -> None:
        if self.jobs:
            job = self.random.choice(self.jobs)
            await self.client.get(f"{JOB}/{job.id}", headers=WITH_KEY)
            job.reads += 1

    async def advance(self) -> None:
        await self._move(self.random.choice([1, 100, 900, 1_000, 2_500]))

    async def go_back(self) -> None:
        await self._move(-self.random.choice([1, 500, 3_000]))

    async def _move(self, milliseconds: int) -> None:
        asked = {"company": COMPANY, "advance_s": milliseconds / 1_000}
        (await self.client.put("/__admin/clock", json=asked)).raise_for_status()
        self.now += milliseconds

    async def ask(self) -> None:
        self.is_on = True
        self.settle()
        await self.check()

    async def reset(self) -> None:
        asked = {"company": COMPANY, "only": ["state"]}
        (await self.client.post("/__admin/reset", json=asked)).raise_for_status()
        self.jobs, self.is_on = [], False

    async def check(self) -> None:
        """Asking tells what the model tells, in order."""
        answer = await self.client.get(
            "/__admin/events", params={"company": COMPANY, "limit": 10_000}
        )
        events: list[dict[str, Any]] = answer.json()["events"]
        numbers = [event["number"] for event in events]
        assert numbers == list(range(self.count - len(numbers) + 1, self.count + 1))
        for job in self.jobs:
            assert [event["name"] for event in events if event["job"] == job.id] == job.names
        assert len(events) == sum(len(job.names) for job in self.jobs)
        assert len({event["id"] for event in events}) == len(events)


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_told_follows_the_model(
    app: Application, client: httpx.AsyncClient, seed: int
) -> None:
    await admin.stop_clock(app, NOON)
    parts = {"stage_seconds": STAGE_SECONDS}
    answer = await client.put("/__admin/seed", params={"company": COMPANY}, json=parts)
    assert answer.status_code == 200, answer.text
    model = _Model(client, random.Random(seed))  # noqa: S311
    calls = [model.create, model.create, model.read, model.read, model.advance, model.advance]
    calls += [model.go_back, model.ask]
    for number in range(CALLS):
        await model.random.choice([*calls, model.reset] if number % 15 == 14 else calls)()
        if model.is_on:
            # What the scheduler may have told by now is told for certain.
            await model.ask()
    await model.ask()
