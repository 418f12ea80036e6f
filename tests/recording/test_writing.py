"""What is written of a recording: a seed, an archive, what is not known, and no secret."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from alfred_mock.core.environment import settings_of
from alfred_mock.core.errors import Refusal
from alfred_mock.main import create_app
from alfred_mock.recording.seed import API_KEY, PASSWORD, USER_NAME
from alfred_mock.recording.writing import ARCHIVE, SEED, UNKNOWN, write
from tests.auth.vectors import amx
from tests.recording.conftest import Recording
from tests.recording.flow import CONTENT, FILE_NAME, METADATA, life
from tests.support import application, client_of

pytestmark = pytest.mark.anyio

_KEY = {"X-TagshelfAPI-Key": API_KEY}


async def _get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path, headers=_KEY)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_server_goes_on_from_the_seed(recording: Recording, tmp_path: Path) -> None:
    await life(recording.client)
    open_session = (await recording.client.post("/api/deferred/create")).json()
    write(tmp_path, recording.texts(), recording.credentials.seen)
    (company,) = yaml.safe_load((tmp_path / SEED).read_text())["companies"]
    settings = settings_of(database_url="sqlite:///:memory:", demo=False, seed=tmp_path / SEED)
    async with application(create_app(settings)) as app, client_of(app) as client:
        (job,) = (await _get(client, "/api/job/all"))["result"]
        assert (job["stage"], job["file_count"]) == ("completed", 1)
        session = await _get(client, f"/api/deferred/detail/{job['deferred_session_id']}")
        assert (session["status"], session["job_id"]) == ("closed", job["id"])
        (file,) = job["files"]
        detail = await _get(client, f"/api/file/detail/{file['id']}")
        assert (detail["file_size"], detail["content_type"]) == (len(CONTENT), "text/plain")
        assert detail["tag_name"] == company["tags"][0]["name"]
        (value,) = await _get(client, f"/api/values/file/{file['id']}")
        assert value["metadata_name"] == company["tags"][0]["data_points"][0]["name"]
        # It goes on: the session that was open takes a file and becomes a job.
        (still_open,) = [s for s in company["deferred_sessions"] if s.get("status") != "closed"]
        assert still_open["id"] != open_session["session_id"]
        uploaded = await client.post(
            "/api/file/uploadfile",
            data={"session_id": still_open["id"]},
            files={"file": ("b.pdf", b"%PDF")},
            headers=_KEY,
        )
        assert uploaded.status_code == 200, uploaded.text
        login = {"grant_type": "password", "username": USER_NAME, "password": PASSWORD}
        assert (await client.post("/token", data=login)).status_code == 200


async def test_ids_are_the_same_stand_ins_in_all_files(recording: Recording) -> None:
    ids = await life(recording.client)
    texts = recording.texts()
    (job,) = [job["id"] for job in yaml.safe_load(texts[SEED])["companies"][0]["jobs"]]
    assert job in texts[ARCHIVE]
    for text in texts.values():
        for id_ in ids.values():
            assert id_ not in text


async def test_another_recording_has_other_stand_ins(recording: Recording) -> None:
    await life(recording.client)
    first, second = (recording.seed()["jobs"][0]["id"] for _ in range(2))
    assert first != second


async def test_nothing_that_customers_wrote_is_in_any_file(recording: Recording) -> None:
    await life(recording.client)
    await recording.client.get("/api/report/tag/" + _tag_id(recording))
    for name, text in recording.texts().items():
        for written in ("Ana", "Secret", "Contrato", "Partes", "cliente", recording.company.name):
            assert written not in text, (name, written)
        for known in (recording.company.id, "127.0.0.1", recording.company.user.user_name):
            assert known not in text, (name, known)


def _tag_id(recording: Recording) -> str:
    for exchange in recording.recorder.exchanges:
        if exchange.path == "/api/tag/all":
            found: str = exchange.answer.content[0]["id"]
            return found
    raise AssertionError("no tags were asked for")


async def test_values_and_content_are_kept_on_demand(recording: Recording) -> None:
    await life(recording.client)
    texts = recording.texts(keeps_values=True, keeps_content=True)
    (file,) = recording.seed(keeps_values=True, keeps_content=True)["files"]
    assert file["content_base64"]
    assert list(file["values"].values()) == ["Ana Pérez"]
    assert CONTENT.decode() in texts[ARCHIVE]
    assert json.loads(METADATA)["cliente"] in texts[ARCHIVE]
    # Names are no values.
    assert FILE_NAME not in texts[ARCHIVE]


async def test_a_change_over_time_is_noted(recording: Recording) -> None:
    await life(recording.client)
    text = recording.texts()[SEED]
    assert re.search(r"^# Note: session \S+: status open, then closed$", text, re.MULTILINE)
    (session,) = recording.seed()["deferred_sessions"]
    assert session["status"] == "closed"


async def test_the_archive_is_one(recording: Recording) -> None:
    await life(recording.client)
    log = json.loads(recording.texts()[ARCHIVE])["log"]
    assert log["version"] == "1.2"
    requests = [entry["request"] for entry in log["entries"]]
    assert len(requests) == len(recording.recorder.exchanges)
    assert requests[0]["url"] == "https://alfred.recording.invalid/api/deferred/create"
    headers = {h["name"]: h["value"] for h in requests[0]["headers"]}
    assert headers["x-tagshelfapi-key"] == "***"


async def test_what_the_double_has_not_is_listed(recording: Recording) -> None:
    recording.company.fail(
        path="/api/file/events/*", status=200, content='[{"event_name": "Ana", "id": 7}]'
    )
    recording.company.fail(
        path="/api/tag/all", status=200, content='[{"id": "a", "name": "Ana", "colour": "Ana"}]'
    )
    await recording.client.get("/api/file/events/0f767925-b464-4ffa-b621-1a0aeacad257?x=Ana")
    await recording.client.get("/api/tag/all")
    text = recording.texts()[UNKNOWN]
    unknown = json.loads(text)
    (route,) = unknown["routes"]
    assert route["path"].startswith("/api/file/events/")
    assert route["answer"] == [{"event_name": "text", "id": 0}]
    assert {"route": "GET /api/tag/all", "aspect": "members", "there": "+ [].colour (text)"} in (
        unknown["more"]
    )
    assert "Ana" not in text


async def test_what_the_double_has_not_is_played_back(recording: Recording, tmp_path: Path) -> None:
    recording.company.fail(
        path="/api/file/events/*", status=200, content='[{"status": "uploaded", "id": 7}]'
    )
    path = "/api/file/events/0f767925-b464-4ffa-b621-1a0aeacad257"
    await recording.client.get(path)
    write(tmp_path, recording.texts(), recording.credentials.seen)
    settings = settings_of(
        database_url="sqlite:///:memory:", demo=False, seed=tmp_path / SEED, playback=tmp_path
    )
    async with application(create_app(settings)) as app, client_of(app) as client:
        played = await client.get(path.replace("0f76", "1f76"))
        assert played.json() == [{"status": "uploaded", "id": 0}]
        assert played.headers["x-alfred-mock-source"] == "recording"


CANARY = "canary-of-a-recording-0123456789"


@pytest.mark.parametrize(
    "call",
    [
        {"url": f"/api/{CANARY}"},
        {"url": f"/api/tag/all?{CANARY}=1&a={CANARY}"},
        {"url": "/api/tag/all", "headers": {"X-TagshelfAPI-Key": CANARY}},
        {"url": "/api/tag/all", "headers": {"Authorization": f"Bearer {CANARY}"}},
        {"url": "/api/tag/all", "headers": {"Authorization": CANARY}},
        {"url": "/api/tag/all", "headers": {"X-Note": CANARY, "User-Agent": CANARY}},
        {"url": "/api/tag/all", "headers": {"Cookie": f"a={CANARY}"}},
        {"url": "/api/job/create", "json": {"session_id": CANARY, CANARY: CANARY}},
        {"url": "/api/job/create", "json": {"metadata": {CANARY: [CANARY]}, "channel": "api"}},
        {"url": "/api/job/create", "content": CANARY},
        {"url": "/token", "data": {"grant_type": "password", "password": CANARY}},
        {"url": "/token", "data": {"grant_type": "password", "username": CANARY}},
        {"url": "/token", "data": {CANARY: CANARY}},
        {"url": "/api/file/uploadfile", "files": {"file": (CANARY, CANARY)}},
        {"url": "/api/file/uploadfile", "files": {"file": ("a", "a"), CANARY: (None, CANARY)}},
        {"url": "/api/file/upload", "json": {"url": f"https://{CANARY}.test/?{CANARY}"}},
    ],
)
async def test_a_secret_in_any_place_is_in_no_file(
    recording: Recording, call: dict[str, Any]
) -> None:
    method = "POST" if call.keys() & {"json", "content", "data", "files"} else "GET"
    await recording.client.request(method, **call)
    (exchange,) = recording.recorder.exchanges
    for name, text in recording.texts().items():
        assert CANARY not in text, name
    assert exchange.request.method == method


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"session_id": "{CANARY}", "{CANARY}": "{CANARY}"}}',
        f'{{"error": "{CANARY}", "message": "No {CANARY}."}}',
        f'{{"access_token": "{CANARY}", "userName": "{CANARY}"}}',
        f'["{CANARY}", {{"status": "open", "channel": "{CANARY} of ours"}}]',
        CANARY,
    ],
)
async def test_a_secret_in_an_answer_is_in_no_file(recording: Recording, answer: str) -> None:
    recording.company.fail(path="/api/deferred/create", status=200, content=answer)
    await recording.client.post("/api/deferred/create")
    for name, text in recording.texts().items():
        assert CANARY not in text, name


@pytest.mark.parametrize(
    "answer",
    ["[" * 5_000 + "]" * 5_000, '{"a":' * 500 + "1" + "}" * 500, '{"message": "\\ud800\\u0007"}',
     '{"session_id": NaN}', "\x00", '"text"', "null"],
)  # fmt: skip
async def test_no_answer_is_too_odd_to_be_written(
    recording: Recording, answer: str, tmp_path: Path
) -> None:
    recording.company.fail(path="/api/deferred/create", status=200, content=answer)
    assert (await recording.client.post("/api/deferred/create")).text == answer
    texts = recording.texts(keeps_values=True)
    write(tmp_path, texts, recording.credentials.seen)
    assert len(json.loads((tmp_path / ARCHIVE).read_text())["log"]["entries"]) == 1


async def test_a_credential_that_is_left_stops_the_writing(
    recording: Recording, tmp_path: Path
) -> None:
    await life(recording.client)
    texts = recording.texts()
    texts[ARCHIVE] += recording.company.api_key
    with pytest.raises(Refusal, match=r"nothing is written: exchanges\.har") as refusal:
        write(tmp_path / "out", texts, recording.credentials.seen)
    assert recording.company.api_key not in str(refusal.value)
    assert not (tmp_path / "out").exists()


async def test_every_credential_is_remembered(recording: Recording) -> None:
    user, pair = recording.company.user, recording.company.hmac
    login = {"grant_type": "password", "username": user.user_name, "password": user.password}
    token = (await recording.client.post("/token", data=login)).json()["access_token"]
    header = amx(pair.id, pair.key, "GET", "http://recorder.test/", nonce="n", timestamp=1)
    for value in (f"Bearer {token}", header):
        await recording.client.get("/api/tagshelf/ping", headers={"Authorization": value})
    seen = recording.credentials.seen
    assert {recording.company.api_key, user.password, token, pair.key} <= set(seen)
    assert header.split(":")[1] in seen
