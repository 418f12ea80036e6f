"""Files, their content and values, from a seed to where they are kept."""

import base64
import hashlib
from typing import Any

import pytest

from alfred_mock.alfred.remote_uploads.stand_in import stand_in
from alfred_mock.core.ids import derived_uuid
from alfred_mock.main import Application
from tests.control.seed.documents import (
    A_FILE,
    CLOSED,
    DATE,
    FILE,
    FULL,
    INSTANT,
    JOB,
    OTHER,
    POINT,
    TAG,
    load_company,
    rows_of,
)

pytestmark = pytest.mark.anyio

ALONE: dict[str, Any] = {"id": JOB, "creation_date": DATE, "user_name": "other"}
LOOSE: dict[str, Any] = {"id": FILE, "job_id": JOB, "file_name": "a.txt", "creation_date": DATE}


async def _file(app: Application, **changes: Any) -> dict[str, Any]:
    await load_company(app.services, jobs=[ALONE], files=[{**LOOSE, **changes}])
    (file,) = await rows_of(app.services, "file")
    return file


async def _content(app: Application, file: dict[str, Any]) -> bytes:
    read = app.services.storage.read(OTHER, file["id"], 0, file["file_size"])
    return b"".join([piece async for piece in read])


async def test_a_file_is_as_the_seed_says(app: Application) -> None:
    file = {
        **A_FILE,
        "content_type": "text/plain; charset=utf-8",
        "content": "áé",
        "metadata": {"a": 1},
        "update_date": "2022-11-17T00:00:01.000",
        "classification_score": 0.5,
        "status": "ocr",
        "fails": True,
        "directory": "Archive",
        "properties": {"Document Type": "Report"},
    }
    await load_company(app.services, **{**FULL, "files": [file]})
    [stored] = await rows_of(app.services, "file")
    assert stored == {
        "id": FILE,
        "company_id": OTHER,
        "deferred_session_id": CLOSED,
        "job_id": JOB,
        "position": 0,
        "creation_date": INSTANT,
        "update_date": INSTANT + 1_000,
        "uploaded_name": "recibo.pdf",
        "file_name": "recibo.pdf",
        "content_type": "text/plain; charset=utf-8",
        "file_size": 4,
        "md5_hash": base64.b64encode(hashlib.md5("áé".encode()).digest()).decode(),  # noqa: S324
        "channel": "api",
        "metadata_json": '{"a":1}',
        "tag_id": TAG,
        "tag_name": "RECIBO",
        "classification_score": 0.5,
        "fails": True,
        "fixed_status": "ocr",
        "directory": "Archive",
        "properties_json": '{"Document Type": "Report"}',
    }
    assert await _content(app, stored) == "áé".encode()


async def test_a_files_values_are_stored_in_their_order(app: Application) -> None:
    await load_company(app.services, **FULL)
    values = sorted(await rows_of(app.services, "file_value"), key=lambda row: int(row["position"]))
    fecha = derived_uuid(TAG, "fecha")
    assert values == [
        {
            "id": derived_uuid(FILE, point),
            "company_id": OTHER,
            "file_id": FILE,
            "tag_id": TAG,
            "data_point_id": point,
            "position": position,
            "name": name,
            "value": value,
            "classification_score": 0.95,
            "confirmed": True,
        }
        for position, (point, name, value) in enumerate(
            [(fecha, "fecha", "2022-02-03"), (POINT, "total", "12.50")]
        )
    ]


async def test_a_file_of_which_little_is_said_has_no_tag(app: Application) -> None:
    file = await _file(app)
    assert (file["tag_id"], file["tag_name"], file["classification_score"]) == (None, None, 0.0)
    assert (file["metadata_json"], file["fixed_status"], bool(file["fails"])) == ("", None, False)
    assert (file["creation_date"], file["update_date"]) == (INSTANT, INSTANT)
    assert file["content_type"] == "text/plain"
    assert await _content(app, file) == stand_in("a.txt")
    assert await rows_of(app.services, "file_value") == []


async def test_a_type_that_no_name_tells_is_that_of_bytes(app: Application) -> None:
    assert (await _file(app, file_name="a.qqq"))["content_type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("given", "content"),
    [
        ({"content": ""}, b""),
        ({"content": "a\r\n"}, b"a\r\n"),
        ({"content_base64": "/wA="}, b"\xff\x00"),
    ],
)
async def test_content_is_kept_byte_for_byte(
    app: Application, given: dict[str, str], content: bytes
) -> None:
    file = await _file(app, **given)
    assert file["file_size"] == len(content)
    assert await _content(app, file) == content
