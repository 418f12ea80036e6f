"""What is exported can be loaded elsewhere, and is the same there."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.control.seed.document import parse_seed, read_seed
from alfred_mock.core.clock import from_wire
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import (
    FILE,
    JOB,
    JOBS,
    REMOTE,
    SESSION,
    VALUES_OF_FILE,
    Part,
    get,
    job_of_files,
    job_of_session,
    new_session,
    send_form,
    upload,
)
from tests.control.admin import SEED, stop_clock
from tests.control.transactions import transactions_of
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

DOCUMENTED = Path(__file__).parents[3] / "examples" / "documented.yaml"
RULES: dict[str, Any] = {
    "tags": [
        {"name": "FACTURA", "data_points": [{"name": "rnc", "value": "1"}, {"name": "monto"}]},
        {"name": "CONTRATO", "description": "A contract"},
    ],
    "rules": [
        {"file_name": "dudosa*", "values": {"monto": "9"}, "confirmed": False},
        {"file_name": "nada*", "tag": None, "outcome": "invalid"},
        {"metadata": {"kind": "contract"}, "tag": "CONTRATO", "classification_score": 0.5},
    ],
}


@asynccontextmanager
async def _server(url: str, **options: Any) -> AsyncIterator[Application]:
    settings = Settings(_env_file=None, database_url=url, **options)
    async with application(create_app(settings)) as app:
        yield app


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite"])
def urls(request: pytest.FixtureRequest, sqlite_url: str, postgres_url: str) -> list[str]:
    """A database to export from, and an empty one of the other kind."""
    both = [sqlite_url, postgres_url]
    return both if request.param.startswith("sqlite") else both[::-1]


async def _export(app: Application, **query: Any) -> Any:
    async with client_of(app) as admin:
        answer = await admin.get(SEED, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _put(app: Application, document: Any, **query: Any) -> Any:
    async with client_of(app) as admin:
        answer = await admin.put(SEED, json=document, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _shown(app: Application, exported: Any) -> list[Any]:
    """All that the API shows of what was exported of the demo company."""
    (company,) = (part for part in exported["companies"] if part["id"] == COMPANY)
    files = [file["id"] for file in company["files"]]
    async with client_of(app) as client:
        return [
            *[await get(client, SESSION, part["id"]) for part in company["deferred_sessions"]],
            await get(client, f"{JOBS}?pageSize=40"),
            *[await get(client, FILE, file) for file in files],
            *[await get(client, VALUES_OF_FILE, file) for file in files],
            await get(client, "/api/tag/all"),
            await get(client, "/api/company/cloudinfo"),
        ]


LATER = from_wire("2100-01-01T00:00:00")
"""When no job moves by itself any more."""


async def _moved(urls: list[str], exported: Any, shown: list[Any]) -> None:
    """What was exported is the same in an empty database of the other kind."""
    async with _server(urls[1], demo=False, stage_seconds=7) as app:
        assert await _export(app) == {"companies": []}
        assert await _put(app, exported) == exported
        assert await _export(app) == exported
        await stop_clock(app, LATER)
        assert await _shown(app, exported) == shown


async def _make_everything(client: httpx.AsyncClient) -> None:
    """A bit of all that callers can make."""
    await new_session(client)
    waiting = await new_session(client)
    await upload(client, waiting, "doble.pdf", b"waits")
    await upload(client, waiting, "doble.pdf", b"", metadata=["a", {"b": None}])
    await upload(client, waiting, "x" * 251 + ".pdf", metadata='"17"')
    await upload(client, waiting, "x" * 251 + ".pdf", metadata={"half": "\ud800", "é": 1e3})
    await send_form(
        client,
        Part("session_id", waiting.encode()),
        Part("file", b"\x00\xff", "b.bin", "text/plain\t; charset=x"),
    )
    for outcome in ("failed", "cancelled", "file-failed", "exceeded-retries", "download-failed"):
        await job_of_files(client, f"alfred-mock-{outcome}.pdf", "other.txt")
    await job_of_files(
        client,
        "dudosa.pdf",
        "nada.pdf",
        metadata={"alfred_mock_progression": "timed", "kind": "contract"},
        propagate_metadata=True,
        merge=True,
        priority="high",
        page_rotation=90,
        channel="",
        parent_file_prefix="In\nbox",
        container="c" * 1024,
        file_names=["a", ""],
    )
    await job_of_files(client, metadata="not JSON", metadata_of_files={"kind": "contract"})
    manual = await job_of_files(client, metadata={"alfred_mock_progression": "manual"})
    for _ in range(3):
        await get(client, JOB, manual)
    await job_of_files(client, metadata=[{"alfred_mock_progression": "manual"}])
    for asked in (
        {"urls": ["https://a.test/doble.pdf", "https://a.test/doble.pdf"], "metadata": [{}, {}]},
        {"source": "s", "container": "", "file_names": ["a/b.json", "c.png"], "merge": True},
        {"source": "s", "container": "c", "file_name": "d"},
        {"url": "https://a.test", "metadata": {"alfred_mock_outcome": "retried"}},
    ):
        answer = await client.post(REMOTE, json=asked, headers=WITH_KEY)
        assert answer.status_code == 200, answer.text


async def test_the_documented_example_is_the_same_elsewhere(urls: list[str]) -> None:
    async with _server(urls[0], demo=False, seed=DOCUMENTED) as app:
        exported = await _export(app)
        shown = await _shown(app, exported)
    given = read_seed(DOCUMENTED).companies
    assert [part["id"] for part in exported["companies"]] == sorted(part.id for part in given)
    await _moved(urls, exported, shown)


async def test_what_callers_have_made_is_the_same_elsewhere(urls: list[str]) -> None:
    async with _server(urls[0]) as app, client_of(app) as client:
        await _put(app, RULES, company=COMPANY)
        await _make_everything(client)
        exported = await _export(app)
        await stop_clock(app, LATER)
        shown = await _shown(app, exported)
    await _moved(urls, exported, shown)


async def test_who_uploads_a_name_again_gets_the_next_number_there_too(urls: list[str]) -> None:
    async with _server(urls[0]) as app, client_of(app) as client:
        session = await new_session(client)
        for _ in range(3):
            await upload(client, session, "a.pdf")
        exported = await _export(app)
    async with _server(urls[1], demo=False) as app, client_of(app) as client:
        await _put(app, exported)
        file = await upload(client, session, "a.pdf")
        assert (await get(client, FILE, file))["file_name"] == "a-3.pdf"
        job = await job_of_session(client, session)
        names = [file["file_name"] for file in (await get(client, JOB, job))["files"]]
        assert names == ["a.pdf", "a-1.pdf", "a-2.pdf", "a-3.pdf"]


async def test_a_job_of_a_file_that_was_renamed_goes_by_its_first_name(urls: list[str]) -> None:
    async with _server(urls[0]) as app, client_of(app) as client:
        rule = {"file_name": "orden.pdf", "tag": "FIRST"}
        tags = [{"name": "OTHER"}, {"name": "FIRST"}]
        await _put(app, {"tags": tags, "rules": [rule]}, company=COMPANY)
        for _ in range(2):
            session = await new_session(client)
            await upload(client, session, "orden.pdf")
        exported = await _export(app)
    file = exported["companies"][0]["files"][1]
    assert file["file_name"] == "orden-1.pdf"
    assert file["uploaded_name"] == "orden.pdf"
    async with _server(urls[1], demo=False) as app, client_of(app) as client:
        await _put(app, exported)
        job = await job_of_session(client, session)
        names = [part["file_name"] for part in (await get(client, JOB, job))["files"]]
        assert names == ["orden-1.pdf"]
        assert (await get(client, FILE, file["id"]))["tag_name"] == "FIRST"


async def test_content_can_be_left_out(app: Application, client: httpx.AsyncClient) -> None:
    session = await new_session(client)
    await upload(client, session, "a.txt", b"content")
    (company,) = (await _export(app))["companies"]
    (file,) = company["files"]
    assert base64.b64decode(file.pop("content_base64")) == b"content"
    assert "size" not in file
    (company,) = (await _export(app, content="false"))["companies"]
    assert company["files"] == [file]


async def test_content_of_several_pieces_is_whole(
    app: Application, client: httpx.AsyncClient
) -> None:
    content = bytes(range(256)) * 4_096
    await upload(client, await new_session(client), "a.bin", content)
    ((file,),) = (part["files"] for part in (await _export(app))["companies"])
    assert base64.b64decode(file["content_base64"]) == content


async def test_content_that_is_gone_is_left_out(tmp_path: Path, database_url: str) -> None:
    places = [f"file://{tmp_path / name}" for name in ("old", "new")]
    async with _server(database_url, storage=places[0]) as app, client_of(app) as client:
        await upload(client, await new_session(client))
    async with _server(database_url, storage=places[1]) as app:
        ((file,),) = (part["files"] for part in (await _export(app))["companies"])
        assert "content_base64" not in file


async def test_credentials_are_in_clear(app: Application) -> None:
    (company,) = (await _export(app, company="alfred-mock-demo-id"))["companies"]
    assert company["users"] == [{"user_name": "SuperTagShelf", "password": "demo-password"}]
    assert company["api_keys"] == [{"key": "alfred-mock-demo-key"}]
    assert company["hmac"] == [
        {"id": "alfred-mock-demo-id", "key": "YWxmcmVkLW1vY2stZGVtby1zZWNyZXQ="}
    ]
    parse_seed({"companies": [company]}, source="export")


async def test_one_company_is_exported_by_itself(app: Application) -> None:
    other = {"id": UNKNOWN_ID, "name": "Other", "tags": []}
    await _put(app, {"companies": [other]})
    assert await _export(app, company=UNKNOWN_ID.upper()) == {"companies": [other]}
    ids = [company["id"] for company in (await _export(app))["companies"]]
    assert ids == sorted([COMPANY, UNKNOWN_ID])


async def test_tags_and_data_points_that_were_renamed_have_their_new_names(
    app: Application, client: httpx.AsyncClient
) -> None:
    tag = {"id": UNKNOWN_ID, "name": "A", "data_points": [{"id": COMPANY, "name": "a"}]}
    await _put(app, {"tags": [tag]}, company=COMPANY)
    await job_of_files(client)
    # The tag is not the first: that is the one of the demo company.
    exported = await _export(app)
    text = json.dumps(exported)
    assert '"values": {"a": ""}' in text
    renamed = {"id": UNKNOWN_ID, "name": "B", "data_points": [{"id": COMPANY, "name": "b"}]}
    await _put(app, {"tags": [renamed]}, company=COMPANY)
    exported = await _export(app)
    parse_seed(exported, source="export")
    (file,) = exported["companies"][0]["files"]
    assert (file["tag"], file["values"]) == ("B", {"b": ""})


@pytest.mark.parametrize(
    ("query", "status"), [({"company": "nobody"}, 404), ({"content": "perhaps"}, 400)]
)
async def test_what_is_not_understood_is_refused(
    app: Application, query: dict[str, str], status: int
) -> None:
    async with client_of(app) as admin:
        assert (await admin.get(SEED, params=query)).status_code == status


async def test_an_export_with_much_content_is_sent_in_pieces_and_is_the_same(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = (await client.post("/api/deferred/create", headers=WITH_KEY)).json()["session_id"]
    for name in ("a.pdf", "b.pdf"):
        await client.post(
            "/api/file/uploadfile",
            headers=WITH_KEY,
            data={"session_id": session},
            files={"file": (name, b"content of " + name.encode())},
        )
    whole = await client.get("/__admin/seed")
    monkeypatch.setattr("alfred_mock.control.seed.export.STREAMED_BYTES", 1)
    streamed = await client.get("/__admin/seed")
    assert "content-length" in whole.headers
    assert "content-length" not in streamed.headers
    assert streamed.content == whole.content
    assert len(whole.json()["companies"][0]["files"]) == 2


async def test_an_export_keeps_no_writer_waiting(
    app: Application, client: httpx.AsyncClient
) -> None:
    await job_of_files(client, "a.pdf")
    with transactions_of(app) as seen:
        assert (await client.get(SEED)).status_code == 200
    assert seen.count == 0
