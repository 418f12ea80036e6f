"""The kinds of calls whose costs are measured, and what they are asked about."""

import asyncio
import json
import random
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from benchmarks.wire import CREATE, Request, detail

COMPANIES = 100
FILE_BYTES = 10_000
ALONE = "create, one company"
CREATED, DETAILED, UPLOADED = "create", "detail", "upload of 10 KB"
JOB, JOB_DETAIL, VALUES = "job create", "job detail", "values"
SIZES = (
    "SELECT pg_current_wal_insert_lsn() - '0/0', sum(pg_table_size(oid)),"
    " sum(pg_indexes_size(oid)), pg_total_relation_size('file_content')"
    " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
"""Bytes that were logged so far, of tables, of indexes, and of both for the content of files."""
LOAD = (
    "INSERT INTO deferred_session (id, company_id, user_name, status, creation_date, update_date)"
    " SELECT gen_random_uuid(), c.id, 'bench', 'open', n, n FROM generate_series(1, {}) n"
    " JOIN (SELECT id, row_number() OVER () AS place FROM company) c"
    " ON c.place = n % (SELECT count(*) FROM company) + 1"
)
"""Makes so many sessions of all companies at once."""
LOADED = "a session of {:,} that are loaded"
CHECKPOINTED, AFTER = "a session of the first 100 after a checkpoint", 100
_BOUNDARY = "benchmark"
_numbers = count(1)

Rows = list[Any]
Asked = Callable[[str], Rows]
"""Runs a query on the database that is measured."""


class Call(NamedTuple):
    """A kind of call."""

    name: str
    requests: Callable[[Asked, int], list[Request]]
    """Those that can be sent: so many, or one for all that is there."""
    share: float = 2.0
    """How many are sent of them, so that some are left: a multiple of the plan's number."""


def seed() -> str:
    """A seed with companies that have a key each; tags and values are those of every seed."""
    companies = [
        {
            "id": str(UUID(int=number + 1)),
            "name": f"Company {number}",
            "api_keys": [{"key": f"key-{number}", "name": "bench"}],
        }
        for number in range(COMPANIES)
    ]
    return json.dumps({"companies": companies})


def ask(url: str, query: str) -> Rows:
    """The rows that a query finds."""
    import asyncpg

    async def fetched() -> Rows:
        connection = await asyncpg.connect(url, statement_cache_size=0)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(fetched())


def _upload(session: str, key: str) -> Request:
    # Random, since PostgreSQL compresses what it can.
    content = random.randbytes(FILE_BYTES)
    parts = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n{session}\r\n'
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file";'
        f' filename="invoice{next(_numbers):08}.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    body = parts.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    form = f"multipart/form-data; boundary={_BOUNDARY}"
    return Request("POST", "/api/file/uploadfile", b'"file_id"', key, form, body)


def _create_job(session: str, key: str) -> Request:
    body = json.dumps({"session_id": session}).encode()
    return Request("POST", "/api/job/create", b'"job_id"', key, "application/json", body)


def _job_detail(job: str, key: str) -> Request:
    return Request("GET", f"/api/job/detail/{job}", b'"completed"', key)


def _values(file: str, key: str) -> Request:
    return Request("GET", f"/api/values/file/{file}", b'"metadata_name"', key)


def _of_companies(_: Asked, number: int) -> list[Request]:
    return [CREATE._replace(key=f"key-{each % COMPANIES}") for each in range(number)]


def _about(
    table: str, condition: str, request: Callable[[str, str], Request]
) -> Callable[[Asked, int], list[Request]]:
    query = (
        f"SELECT t.id::text, k.key FROM {table} t JOIN api_key k USING (company_id)"
        f" WHERE k.key LIKE 'key-%' AND {condition} ORDER BY t.id"
    )

    def made(asked: Asked, _: int) -> list[Request]:
        rows: Iterable[Any] = asked(query)
        return [request(found, key) for found, key in rows]

    return made


_HAS_FILE = "EXISTS (SELECT FROM file f WHERE f.deferred_session_id = t.id)"
CALLS = (
    Call(ALONE, lambda _, number: [CREATE] * number),
    Call(CREATED, _of_companies),
    Call(
        DETAILED,
        _about("deferred_session", "true", lambda one, key: detail(one)._replace(key=key)),
    ),
    Call(
        UPLOADED, _about("deferred_session", f"t.status = 'open' AND NOT {_HAS_FILE}", _upload), 1.5
    ),
    Call(JOB, _about("deferred_session", f"t.status = 'open' AND {_HAS_FILE}", _create_job), 1),
    Call(JOB_DETAIL, _about("job", "true", _job_detail)),
    Call(VALUES, _about("file", "t.job_id IS NOT NULL", _values)),
)
"""In an order in which each finds what those before it have made."""
