"""Of several processes one delivers; a process that is killed is followed by another."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.concurrency import run_in_threadpool

from tests.events.webhooks.calls import all_delivered, make_job, set_webhook
from tests.events.webhooks.receivers import Answer, Hang, Posted, Receiver, answer, receiving
from tests.support import ServerProcess, server_process

pytestmark = pytest.mark.anyio

TIMEOUT = {"ALFRED_MOCK_WEBHOOK_TIMEOUT": "1"}
EVENTS = 20
JOBS = 3


@asynccontextmanager
async def client_at(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        yield client


def ids_of(receiver: Receiver) -> list[str]:
    return [body["event_id"] for body in receiver.events]


@asynccontextmanager
async def replica(url: str, *arguments: str, **environment: str) -> AsyncIterator[ServerProcess]:
    """Starting one must not hold up the receiver."""
    context = server_process("--database-url", url, *arguments, **TIMEOUT, **environment)
    server = await run_in_threadpool(context.__enter__)
    try:
        yield server
    finally:
        await run_in_threadpool(context.__exit__, None, None, None)


async def test_nothing_is_lost_when_the_process_that_delivers_is_killed(
    postgres_url: str,
) -> None:
    hung_at: list[str] = []

    def hang_once(posted: Posted) -> Answer:
        if not hung_at and len(receiver.events) == EVENTS + 5:
            hung_at.append(posted.body["event_id"])
            return Hang
        return answer()

    async with receiving(hang_once) as receiver, replica(postgres_url) as killed:
        async with client_at(killed) as client:
            await set_webhook(client, receiver.url)
            for _ in range(JOBS):
                await make_job(client)
        await receiver.wait(EVENTS + 6)
        # It waits for an answer, and nothing of this can be told to anybody any more.
        os.kill(killed.process.pid, signal.SIGKILL)
        async with replica(postgres_url) as heir, client_at(heir) as client:
            await make_job(client)
            await all_delivered(client)
    ids = ids_of(receiver)
    place = EVENTS + 5
    assert ids[place] == ids[place + 1] == hung_at[0]
    once = ids[:place] + ids[place + 1 :]
    assert len(set(once)) == len(once) == (JOBS + 1) * EVENTS
    assert receiver.names[-1] == "job_finished"
    assert receiver.names[:EVENTS] == receiver.names[-EVENTS:]


async def test_replicas_deliver_each_event_once_and_in_order(postgres_url: str) -> None:
    async with (
        receiving() as receiver,
        replica(postgres_url) as one,
        replica(postgres_url) as two,
        client_at(one) as first,
        client_at(two) as second,
    ):
        await set_webhook(first, receiver.url)
        for _ in range(JOBS):
            await make_job(first)
            await make_job(second)
        await all_delivered(second)
        assert receiver.most_at_once == 1
    ids = ids_of(receiver)
    assert len(set(ids)) == len(ids) == 2 * JOBS * EVENTS
    assert receiver.names == receiver.names[:EVENTS] * 2 * JOBS


async def test_workers_on_one_file_deliver_each_event_once_and_in_order(sqlite_url: str) -> None:
    async with (
        receiving() as receiver,
        replica(sqlite_url, "--workers", "2") as server,
        client_at(server) as client,
    ):
        await set_webhook(client, receiver.url)
        for _ in range(JOBS):
            # Each on a connection of its own, so that either worker may get it.
            async with client_at(server) as other:
                await make_job(other)
        await all_delivered(client)
    ids = ids_of(receiver)
    assert len(set(ids)) == len(ids) == JOBS * EVENTS
    assert receiver.names == receiver.names[:EVENTS] * JOBS
