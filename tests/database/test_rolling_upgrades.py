"""A newer version migrates while this one serves, and this one goes on as long as it can."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from alfred_mock.cli import main
from alfred_mock.core.database import MIGRATIONS, database_for, migrate
from alfred_mock.core.settings import Settings
from alfred_mock.database import CannotStart, Schema
from alfred_mock.main import Application, create_app
from tests.database.newer_versions import ADDS, BREAKS, NewerVersion
from tests.support import LOGIN, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

HEAD = MIGRATIONS.head
CLIENTS = 4


@pytest.fixture
async def newer(tmp_path: Path, database_url: str) -> NewerVersion:
    """A version that finds what this version has left."""
    await migrate(database_url)
    return NewerVersion(tmp_path)


async def _schema(url: str) -> Schema:
    database = database_for(url)
    await database.open()
    try:
        return await database.schema()
    finally:
        await database.close()


async def _all_kinds_of_calls(client: httpx.AsyncClient, answers: Counter[int]) -> None:
    async def ask(method: str, path: str, **more: object) -> httpx.Response:
        answer = await client.request(method, path, headers=WITH_KEY, **more)  # type: ignore[arg-type]
        answers[answer.status_code] += 1
        return answer

    session = (await ask("POST", "/api/deferred/create")).json()["session_id"]
    file = {"file": ("a.pdf", b"content")}
    data = {"session_id": session}
    uploaded = await ask("POST", "/api/file/uploadfile", data=data, files=file)
    job = (await ask("POST", "/api/job/create", json={"session_id": session})).json()["job_id"]
    await ask("GET", f"/api/deferred/detail/{session}")
    await ask("GET", f"/api/job/detail/{job}")
    await ask("GET", f"/api/file/detail/{uploaded.json()['file_id']}")
    await ask("GET", f"/api/file/download/{uploaded.json()['file_id']}")
    await ask("GET", "/api/tag/all")
    await ask("POST", "/token", data=LOGIN)
    await ask("GET", "/readyz")


async def _answers_during(client: httpx.AsyncClient, work: Awaitable[None]) -> Counter[int]:
    """How often each status was answered from before the work until after it."""
    answers: Counter[int] = Counter()
    is_done, begun = asyncio.Event(), asyncio.Barrier(CLIENTS + 1)

    async def use() -> None:
        await _all_kinds_of_calls(client, answers)
        await begun.wait()
        while not is_done.is_set():
            await _all_kinds_of_calls(client, answers)
        await _all_kinds_of_calls(client, answers)

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(use())
        await begun.wait()
        try:
            await work
        finally:
            is_done.set()
    return answers


async def test_no_request_fails_while_a_newer_version_migrates(
    client: httpx.AsyncClient, settings: Settings, newer: NewerVersion
) -> None:
    revision = newer.add(ADDS, serves_from=HEAD)
    answers = await _answers_during(client, newer.migrate(settings.database_url))
    assert set(answers) == {200}
    assert await _schema(settings.database_url) == Schema(revision, HEAD)


async def test_a_version_starts_on_a_newer_schema_that_serves_it(
    app: Application, settings: Settings, newer: NewerVersion
) -> None:
    newer.add(ADDS, serves_from=HEAD)
    await newer.migrate(settings.database_url)
    async with application(create_app(settings)) as again, client_of(again) as client:
        answers: Counter[int] = Counter()
        await _all_kinds_of_calls(client, answers)
        assert set(answers) == {200}


async def test_a_version_that_a_newer_schema_does_not_serve_is_not_ready(
    client: httpx.AsyncClient, settings: Settings, newer: NewerVersion
) -> None:
    revision = newer.add(BREAKS, serves_from=None)
    await newer.migrate(settings.database_url)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["message"] == (
        f"Not ready: the schema is at {revision}, newer than this version knows (head is {HEAD}),"
        f" and serves only versions whose head is {revision} or newer."
    )
    with pytest.raises(CannotStart, match=f"the schema is at {revision}, newer"):
        async with application(create_app(settings)):
            pass


async def test_a_revision_serves_nobody_whom_one_before_it_does_not_serve(
    database_url: str, newer: NewerVersion
) -> None:
    breaking = newer.add(BREAKS, serves_from=None)
    last = newer.add(ADDS, serves_from=HEAD)
    await newer.migrate(database_url)
    assert await _schema(database_url) == Schema(last, breaking)


async def test_the_version_before_migrates_nothing_on_a_schema_that_serves_it(
    database_url: str, newer: NewerVersion
) -> None:
    revision = newer.add(ADDS, serves_from=HEAD)
    await newer.migrate(database_url)
    done = await asyncio.to_thread(_migrate, database_url)
    assert done == (
        f"schema is at {revision}, newer than this version (head is {HEAD}), which it still"
        " serves\n",
        0,
    )
    assert await _schema(database_url) == Schema(revision, HEAD)


async def test_the_version_before_refuses_to_migrate_a_schema_that_does_not_serve_it(
    database_url: str, newer: NewerVersion
) -> None:
    revision = newer.add(BREAKS, serves_from=None)
    await newer.migrate(database_url)
    assert await asyncio.to_thread(_migrate, database_url) == (
        f"alfred-mock: the schema is at {revision}, newer than this version knows (head is {HEAD}),"
        f" and serves only versions whose head is {revision} or newer\n",
        2,
    )
    assert await _schema(database_url) == Schema(revision, revision)


def _migrate(url: str) -> tuple[str, int]:
    done = CliRunner().invoke(main, ["migrate", "--database-url", url], catch_exceptions=False)
    return done.output, done.exit_code


async def test_versions_that_migrate_at_once_end_at_the_newest(
    database_url: str, newer: NewerVersion
) -> None:
    revision = newer.add(ADDS, serves_from=HEAD)
    ours = database_for(database_url)
    await ours.open()
    await asyncio.gather(newer.migrate(database_url), ours.upgrade(), newer.migrate(database_url))
    assert await ours.schema() == Schema(revision, HEAD)
    await ours.close()


async def test_a_revision_that_fails_is_refused_and_leaves_nothing(
    database_url: str, newer: NewerVersion
) -> None:
    newer.add('op.drop_table("journal_entry"); op.drop_table("no_such_table")', serves_from=HEAD)
    ours = database_for(database_url)
    await ours.open()
    with pytest.raises(CannotStart, match="no_such_table"):
        await newer.migrate(database_url)
    assert await ours.schema() == Schema(HEAD)
    await ours.close()
