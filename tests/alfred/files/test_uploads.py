"""`POST /api/file/uploadfile`: what is accepted, what is refused, and what is kept of it."""

import asyncio
import base64
import hashlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import FORM_BYTES, Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import (
    BOUNDARY,
    DOWNLOAD,
    FILE,
    NOON,
    NOTHING_STORED,
    UPLOAD,
    WITH_OTHER_KEY,
    Part,
    clients,
    form,
    form_headers,
    freeze,
    get,
    job_of_session,
    new_session,
    send_form,
    stored,
    try_upload,
    upload,
)
from tests.alfred.seeds import write_seed
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY, application

pytestmark = pytest.mark.anyio

CONTENT = b"%PDF-1.4\r\n\x00\xff--boundary\r\n"


def _file(
    data: bytes = CONTENT, name: str = "a.pdf", type_: str | None = "application/pdf"
) -> Part:
    return Part("file", data, name, type_)


def _session(session_id: str, type_: str | None = None) -> Part:
    return Part("session_id", session_id.encode(), content_type=type_)


def _metadata(text: str, type_: str | None = None) -> Part:
    return Part("metadata", text.encode("utf-8", "surrogateescape"), content_type=type_)


async def _content(client: httpx.AsyncClient, file_id: str) -> bytes:
    return (await client.get(f"{DOWNLOAD}/{file_id}", headers=WITH_KEY)).content


async def test_an_upload_answers_with_nothing_but_the_files_id(client: httpx.AsyncClient) -> None:
    answer = await try_upload(client, await new_session(client))
    assert answer.status_code == 200
    assert list(answer.json()) == ["file_id"]
    assert answer.headers["Content-Type"] == "application/json"


async def test_a_new_file_has_the_captured_fields(
    app: Application, client: httpx.AsyncClient
) -> None:
    freeze(app, NOON)
    file_id = await upload(client, await new_session(client), "Factura 1.PDF", CONTENT)
    md5 = base64.b64encode(hashlib.md5(CONTENT, usedforsecurity=False).digest()).decode()
    expected = {
        "id": file_id,
        "creation_date": "2023-11-14T22:13:20.000",
        "update_date": "2023-11-14T22:13:20.000",
        "file_name": "Factura 1.PDF",
        "file_name_without_extension": "Factura 1",
        "blob_name": file_id,
        "blob_url": f"https://alfred-mock.blob.core.windows.net/tsc-{COMPANY}-files/{file_id}",
        "user_name": None,
        "md5_hash": md5,
        "content_type": "application/pdf",
        "channel": "api",
        "should_be_classified": True,
        "classifier": None,
        "classification_score": 0.0,
        "status": "uploaded",
        "input_type": "single_unit",
        "is_duplicate": False,
        "is_duplicate_by_values": False,
        "duplicate_origin_id": None,
        "tag_id": None,
        "is_parent": False,
        "parent_id": None,
        "deferred_session_id": None,
        "tag_name": None,
        "company_id": COMPANY,
        "file_size": len(CONTENT),
        "proposed_tag_id": None,
        "proposed_tag_variance": 0.0,
        "classification_score_above_deviation": True,
        "confirmed_tag_id": None,
        "confirmed_by": None,
        "manual_classification": False,
        "metadata": "",
        "page_count": 1,
        "page_number": -1,
    }
    detail = await get(client, FILE, file_id)
    assert detail == expected
    assert list(detail) == list(expected)


async def test_the_content_comes_back(client: httpx.AsyncClient) -> None:
    file_id = await upload(client, await new_session(client), "a.pdf", CONTENT)
    assert await _content(client, file_id) == CONTENT


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
async def test_the_parts_come_in_any_order(
    client: httpx.AsyncClient, order: tuple[int, ...], typed: bool
) -> None:
    parts = [
        _session(await new_session(client), "text/plain; charset=utf-8" if typed else None),
        _metadata('{"a": 1}', "application/json" if typed else None),
        _file(),
    ]
    answer = await send_form(client, *(parts[index] for index in order))
    detail = await get(client, FILE, answer.json()["file_id"])
    assert (detail["file_size"], detail["metadata"]) == (len(CONTENT), '{"a":1}')


@pytest.mark.parametrize("content_type", ["text/x-y; charset=utf-8", "image/svg+xml", "a/b"])
async def test_the_content_type_of_the_part_is_kept(
    client: httpx.AsyncClient, content_type: str
) -> None:
    session = _session(await new_session(client))
    answer = await send_form(client, session, _file(type_=content_type))
    detail = await get(client, FILE, answer.json()["file_id"])
    assert detail["content_type"] == content_type


@pytest.mark.parametrize("content_type", [None, "", "pdf", "a/b/c", "a/b; ñ", "/", "a b/c"])
async def test_what_is_no_content_type_is_any_bytes(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    session = _session(await new_session(client))
    answer = await send_form(client, session, _file(type_=content_type))
    detail = await get(client, FILE, answer.json()["file_id"])
    assert detail["content_type"] == "application/octet-stream"


async def test_a_file_may_be_empty(client: httpx.AsyncClient) -> None:
    file_id = await upload(client, await new_session(client), "a.pdf", b"")
    detail = await get(client, FILE, file_id)
    assert (detail["file_size"], detail["md5_hash"]) == (0, "1B2M2Y8AsgTpgAmY7PhCfg==")
    assert await _content(client, file_id) == b""


async def test_the_session_id_may_be_in_upper_case(client: httpx.AsyncClient) -> None:
    await upload(client, (await new_session(client)).upper())


async def test_other_parts_are_ignored(client: httpx.AsyncClient) -> None:
    session = _session(await new_session(client))
    assert (await send_form(client, Part("else", b"\xff"), session, _file())).status_code == 200


class TestMetadata:
    """It is optional, must be JSON, and is kept as text."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, database_url="sqlite:///:memory:")

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("", ""),
            (" \r\n", ""),
            ("null", ""),
            ("{}", "{}"),
            ('{ "a" : [1, "é"] }', '{"a":[1,"\\u00e9"]}'),
            ('"text"', '"text"'),
            ('"{\\"a\\": 1}"', '{"a":1}'),
            ('{"a": "\\u0000\\ud800"}', '{"a":"\\u0000\\ud800"}'),
            ("[1, 2]", "[1,2]"),
            ("1" * 400, "1" * 400),
        ],
    )
    async def test_json_is_kept(self, client: httpx.AsyncClient, given: str, kept: str) -> None:
        session = _session(await new_session(client))
        answer = await send_form(client, session, _metadata(given), _file())
        detail = await get(client, FILE, answer.json()["file_id"])
        assert detail["metadata"] == kept

    @pytest.mark.parametrize(
        "given",
        [
            "{",
            "text",
            "NaN",
            '{"a": Infinity}',
            "1e999",
            "9" * 5_000,
            "[" * 200_000,
            "\udcff",
            "\x00",
            "{'a': 1}",
        ],
        ids=lambda text: ascii(text)[:20],
    )
    async def test_anything_else_is_a_bad_request(
        self, app: Application, client: httpx.AsyncClient, given: str
    ) -> None:
        session = _session(await new_session(client))
        answer = await send_form(client, session, _metadata(given), _file())
        assert answer.status_code == 400
        assert answer.json()["error"] == "Bad Request"
        assert "metadata" in answer.json()["message"]
        assert await stored(app.services.database) == NOTHING_STORED

    async def test_however_deep_it_is_it_is_taken_or_refused(
        self, client: httpx.AsyncClient
    ) -> None:
        for depth in (1, 99, 100, 101, 500, *range(800, 1_010, 10), 50_000):
            session_id = await new_session(client)
            text = '{"a":' * depth + "1" + "}" * depth
            answer = await send_form(client, _session(session_id), _metadata(text), _file())
            assert answer.status_code == (200 if depth <= 100 else 400), depth
            if answer.status_code == 200:
                await job_of_session(client, session_id)


class TestNames:
    """Two files of a company never have the same name: both are kept."""

    async def _names(self, client: httpx.AsyncClient, *names: str) -> list[str]:
        session_id = await new_session(client)
        ids = [await upload(client, session_id, name) for name in names]
        return [(await get(client, FILE, file_id))["file_name"] for file_id in ids]

    async def test_the_second_of_a_name_is_numbered(self, client: httpx.AsyncClient) -> None:
        assert await self._names(client, "name.pdf", "name.pdf", "name.pdf") == [
            "name.pdf",
            "name-1.pdf",
            "name-2.pdf",
        ]

    async def test_names_are_counted_across_sessions(self, client: httpx.AsyncClient) -> None:
        assert await self._names(client, "name.pdf") == ["name.pdf"]
        assert await self._names(client, "name.pdf") == ["name-1.pdf"]

    async def test_a_number_that_is_taken_is_passed_over(self, client: httpx.AsyncClient) -> None:
        names = await self._names(client, "name-1.pdf", "name.pdf", "name.pdf", "name.pdf")
        assert names == ["name-1.pdf", "name.pdf", "name-2.pdf", "name-3.pdf"]

    async def test_a_name_that_was_given_to_another_is_taken(
        self, client: httpx.AsyncClient
    ) -> None:
        names = await self._names(client, "name.pdf", "name.pdf", "name-1.pdf", "name-1.pdf")
        assert len(set(names)) == 4
        assert names[:2] == ["name.pdf", "name-1.pdf"]

    async def test_names_differ_by_case(self, client: httpx.AsyncClient) -> None:
        assert await self._names(client, "name.pdf", "NAME.PDF") == ["name.pdf", "NAME.PDF"]

    async def test_concurrent_uploads_of_one_name_all_get_names_of_their_own(
        self, client: httpx.AsyncClient
    ) -> None:
        session_id = await new_session(client)
        ids = await asyncio.gather(*(upload(client, session_id, "name.pdf") for _ in range(30)))
        names = {(await get(client, FILE, file_id))["file_name"] for file_id in ids}
        assert names == {"name.pdf", *(f"name-{number}.pdf" for number in range(1, 30))}

    async def test_a_name_that_two_uploads_come_to_at_once_is_given_to_one(
        self, client: httpx.AsyncClient
    ) -> None:
        session_id = await new_session(client)
        for number in range(15):
            name = f"{number}.pdf"
            await upload(client, session_id, name)
            ids = await asyncio.gather(
                *(upload(client, session_id, other) for other in (name, f"{number}-1.pdf") * 2)
            )
            names = [(await get(client, FILE, file_id))["file_name"] for file_id in ids]
            assert len({name, *names}) == 5


class TestOddNames:
    """Names that no well-behaved client sends."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, database_url="sqlite:///:memory:")

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\\\Temp\\\\a.pdf", "a.pdf"),
            ("ñandú €.pdf", "ñandú €.pdf"),
            ("\u202egnp.exe", "\u202egnp.exe"),
            ("x" * 255, "x" * 255),
            (".pdf", ".pdf"),
            ("a;b=c.pdf", "a;b=c.pdf"),
            ("%00.pdf", "%00.pdf"),
        ],
        ids=ascii,
    )
    async def test_an_odd_name_is_kept(
        self, client: httpx.AsyncClient, given: str, kept: str
    ) -> None:
        session = _session(await new_session(client))
        answer = await send_form(client, session, _file(name=given))
        assert answer.status_code == 200, answer.text
        file_id = answer.json()["file_id"]
        assert (await get(client, FILE, file_id))["file_name"] == kept
        assert await _content(client, file_id) == CONTENT

    @pytest.mark.parametrize(
        "name",
        ["", " ", ".", "..", "a/", "a\x00b", "a\x07b", "\x85", "x" * 256, "é" * 300],
        ids=lambda name: ascii(name)[:12],
    )
    async def test_what_cannot_be_a_name_is_a_bad_request(
        self, app: Application, client: httpx.AsyncClient, name: str
    ) -> None:
        answer = await send_form(client, _session(await new_session(client)), _file(name=name))
        assert answer.status_code == 400
        assert set(answer.json()) == {"error", "message"}
        assert await stored(app.services.database) == NOTHING_STORED


class TestAcrossCompanies:
    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path) -> Settings:
        return Settings(_env_file=None, database_url=database_url, seed=write_seed(tmp_path))

    async def test_each_company_has_names_of_its_own(self, client: httpx.AsyncClient) -> None:
        await upload(client, await new_session(client), "name.pdf")
        theirs = await new_session(client, WITH_OTHER_KEY)
        file_id = await upload(client, theirs, "name.pdf", headers=WITH_OTHER_KEY)
        detail = await get(client, FILE, file_id, headers=WITH_OTHER_KEY)
        assert detail["file_name"] == "name.pdf"

    async def test_a_session_of_another_company_does_not_exist(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        theirs = await new_session(client, WITH_OTHER_KEY)
        answer = await try_upload(client, theirs)
        assert answer.status_code == 404
        assert answer.json()["message"] == f"Deferred Session with ID {theirs} does not exist."
        assert await stored(app.services.database) == NOTHING_STORED

    @pytest.mark.parametrize("where", [FILE, DOWNLOAD])
    async def test_a_file_of_another_company_does_not_exist(
        self, client: httpx.AsyncClient, where: str
    ) -> None:
        file_id = await upload(client, await new_session(client))
        answer = await client.get(f"{where}/{file_id}", headers=WITH_OTHER_KEY)
        assert answer.status_code == 404
        assert answer.json() == {
            "error": "Not Found",
            "message": f"File with ID {file_id} does not exist.",
        }


class TestRefusals:
    """Whatever is wrong, the answer says so in the usual shape and nothing is stored."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, database_url="sqlite:///:memory:")

    @pytest.fixture(autouse=True)
    async def nothing_is_stored(self, app: Application) -> AsyncIterator[None]:
        yield
        assert await stored(app.services.database) == NOTHING_STORED

    async def _refused(self, answer: httpx.Response, status: int) -> str:
        assert answer.status_code == status, answer.text
        assert set(answer.json()) == {"error", "message"}
        return str(answer.json()["message"])

    async def test_an_unknown_session(self, client: httpx.AsyncClient) -> None:
        answer = await try_upload(client, UNKNOWN_ID)
        assert await self._refused(answer, 404) == (
            f"Deferred Session with ID {UNKNOWN_ID} does not exist."
        )

    @pytest.mark.parametrize("session_id", ["", "xyz", UNKNOWN_ID[:-1], "é", "\x00"])
    async def test_a_session_id_that_is_no_uuid(
        self, client: httpx.AsyncClient, session_id: str
    ) -> None:
        answer = await send_form(client, _session(session_id), _file())
        assert await self._refused(answer, 400) == "Part 'session_id' must be a UUID."

    async def test_no_session_id(self, client: httpx.AsyncClient) -> None:
        message = await self._refused(await send_form(client, _file()), 400)
        assert message == "Part 'session_id' is required."

    async def test_no_file(self, client: httpx.AsyncClient) -> None:
        answer = await send_form(client, _session(await new_session(client)))
        assert "'file'" in await self._refused(answer, 400)

    async def test_a_form_without_parts(self, client: httpx.AsyncClient) -> None:
        await self._refused(await send_form(client), 400)

    async def test_a_file_without_a_name(self, client: httpx.AsyncClient) -> None:
        session = _session(await new_session(client))
        answer = await send_form(client, session, Part("file", CONTENT))
        assert "with a file name" in await self._refused(answer, 400)

    @pytest.mark.parametrize("name", ["session_id", "metadata"])
    async def test_a_file_where_text_belongs(self, client: httpx.AsyncClient, name: str) -> None:
        parts = [_session(await new_session(client)), Part(name, b"{}", "x.txt")]
        await self._refused(await send_form(client, *parts), 400)

    async def test_two_files(self, client: httpx.AsyncClient) -> None:
        session = _session(await new_session(client))
        await self._refused(await send_form(client, session, _file(), _file()), 400)

    async def test_too_many_fields(self, client: httpx.AsyncClient) -> None:
        parts = [Part(f"field-{number}", b"") for number in range(40)]
        session = _session(await new_session(client))
        await self._refused(await send_form(client, session, _file(), *parts), 400)

    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain",
            "multipart/mixed; boundary=" + BOUNDARY,
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=another",
            "multipart/form-data; boundary=" + "x" * 1_000,
        ],
        ids=lambda value: str(value)[:48],
    )
    async def test_a_body_that_is_not_said_to_be_this_form(
        self, client: httpx.AsyncClient, content_type: str | None
    ) -> None:
        body = form(_session(await new_session(client)), _file())
        headers = {**WITH_KEY, **({"Content-Type": content_type} if content_type else {})}
        await self._refused(await client.post(UPLOAD, content=body, headers=headers), 400)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"garbage",
            b"\r\n" * 100,
            b"--" + BOUNDARY.encode(),
            b"--" + BOUNDARY.encode() + b"--",
            b"--" + BOUNDARY.encode() + b"\r\n\r\n\r\n",
            b"--" + BOUNDARY.encode() + b"\r\nno colon\r\n\r\n\r\n",
            b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: form-data\r\n\r\nx\r\n",
            b"\x00" * 10_000,
        ],
        ids=lambda body: ascii(body)[:30],
    )
    async def test_a_broken_form(self, client: httpx.AsyncClient, body: bytes) -> None:
        answer = await client.post(UPLOAD, content=body, headers=form_headers())
        await self._refused(answer, 400)

    async def test_a_form_that_is_cut_off_anywhere(self, client: httpx.AsyncClient) -> None:
        body = form(_session(await new_session(client)), _file(b"content"))
        for length in range(0, len(body) - len("--\r\n"), 7):
            answer = await client.post(UPLOAD, content=body[:length], headers=form_headers())
            await self._refused(answer, 400)

    async def test_a_large_form_that_is_cut_off(self, client: httpx.AsyncClient) -> None:
        body = form(_session(await new_session(client)), _file(b"x" * 3_000_000))
        answer = await client.post(UPLOAD, content=body[:-100], headers=form_headers())
        await self._refused(answer, 400)

    @pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "utf-7", "rot13", "?"])
    async def test_odd_charsets(self, client: httpx.AsyncClient, charset: str) -> None:
        headers = form_headers()
        headers["Content-Type"] += f"; charset={charset}"
        body = form(Part("session_id", b"+2AA-\xff.-x"), _file(name="+2AA-xn--ñ.pdf"))
        await self._refused(await client.post(UPLOAD, content=body, headers=headers), 400)

    async def test_no_credentials(self, client: httpx.AsyncClient) -> None:
        body = form(_session(await new_session(client)), _file())
        headers = form_headers({"X-TagshelfAPI-Key": "wrong"})
        await self._refused(await client.post(UPLOAD, content=body, headers=headers), 401)


async def test_a_closed_session_takes_no_more(app: Application, client: httpx.AsyncClient) -> None:
    session_id = await new_session(client)
    await upload(client, session_id)
    await job_of_session(client, session_id)
    before = await stored(app.services.database)
    answer = await try_upload(client, session_id)
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "Conflict",
        "message": f"Deferred Session with ID {session_id} is closed.",
    }
    assert await stored(app.services.database) == before


class TestTooLarge:
    """The largest file is a setting; the form around it may be some more."""

    LIMIT = 1_000

    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(_env_file=None, database_url=database_url, max_upload=self.LIMIT)

    async def _refused(self, app: Application, answer: httpx.Response) -> None:
        assert answer.status_code == 413
        assert answer.json() == {
            "error": "Content Too Large",
            "message": "More than 1000 bytes are not accepted.",
        }
        assert await stored(app.services.database) == NOTHING_STORED

    async def test_the_largest_file_is_accepted(self, client: httpx.AsyncClient) -> None:
        await upload(client, await new_session(client), "a.pdf", b"x" * self.LIMIT)

    async def test_a_byte_more_is_not(self, app: Application, client: httpx.AsyncClient) -> None:
        session_id = await new_session(client)
        await self._refused(
            app, await try_upload(client, session_id, "a.pdf", b"x" * (self.LIMIT + 1))
        )

    @pytest.mark.parametrize("declared", [True, False])
    async def test_a_body_beyond_all_limits_is_not(
        self, app: Application, client: httpx.AsyncClient, declared: bool
    ) -> None:
        body = form(_session(await new_session(client)), _file(b"x" * (self.LIMIT + FORM_BYTES)))

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 65_536):
                yield body[start : start + 65_536]

        content: Any = body if declared else chunks()
        await self._refused(app, await client.post(UPLOAD, content=content, headers=form_headers()))

    async def test_other_parts_count(self, app: Application, client: httpx.AsyncClient) -> None:
        padding = [Part(f"p{number}", b"x" * 900_000) for number in range(3)]
        session = _session(await new_session(client))
        await self._refused(app, await send_form(client, *padding, session, _file()))

    async def test_metadata_can_be_larger_than_the_file(self, client: httpx.AsyncClient) -> None:
        metadata = _metadata(json.dumps({"a": "x" * 100_000}))
        session = _session(await new_session(client))
        assert (await send_form(client, session, metadata, _file())).status_code == 200

    async def test_metadata_of_more_than_a_mebibyte_is_refused(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        metadata = _metadata(json.dumps({"a": "x" * 1_100_000}))
        answer = await send_form(client, _session(await new_session(client)), metadata, _file())
        assert answer.status_code == 400
        assert await stored(app.services.database) == NOTHING_STORED


async def test_a_file_is_there_after_a_restart(settings: Settings) -> None:
    async with application(create_app(settings)) as app, clients(app) as (client,):
        file_id = await upload(client, await new_session(client), "a.pdf", CONTENT)
    async with application(create_app(settings)) as app, clients(app) as (client,):
        assert await _content(client, file_id) == CONTENT
