"""Whatever belongs to a company goes with it."""

import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.types import TypeEngine

from alfred_mock.auth.tables import Company
from alfred_mock.core.settings import Settings
from alfred_mock.database import Statement
from alfred_mock.database.columns import ID, columns_of
from alfred_mock.main import Application
from alfred_mock.tables import metadata
from tests.alfred.calls import SESSION_CREATE, job_of_files, new_session, rows_of, upload
from tests.auth.vectors import amx
from tests.support import COMPANY, HMAC_ID, HMAC_KEY, LOGIN, ORIGIN

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, seed=EXAMPLES / "documented.yaml")


async def _owned(app: Application) -> dict[str, int]:
    """How many rows of each table are some company's."""
    counts = {}
    for name, table in metadata.tables.items():
        count = select(func.count()).select_from(table)
        if "company_id" in table.columns:
            count = count.where(table.c.company_id.is_not(None))
        ((counts[name],),) = await app.services.database.fetch(Statement(count)())
    return counts


def _any_value(column: Any) -> Any:
    if column.name == "company_id":
        return COMPANY
    if column.type is ID:
        return str(uuid.uuid4())
    type_: TypeEngine[Any] = getattr(column.type, "impl_instance", column.type)
    return {str: "x", bytes: b"x", bool: False}.get(type_.python_type, 0)


async def _fill(app: Application, table: Table) -> None:
    """Insert a row of the demo company's with whatever its columns take."""
    row = {
        column.name: _any_value(column)
        for column in table.columns
        if not column.nullable or column.name == "company_id"
    }
    await app.services.database.write(Statement(insert(table).values(row))())


async def test_deleting_the_companies_leaves_no_row_in_any_table(
    app: Application, client: httpx.AsyncClient
) -> None:
    await job_of_files(client)
    await upload(client, await new_session(client), content=b"x" * 1_000_000)
    assert (await client.post("/token", data=LOGIN)).status_code == 200
    url, now = ORIGIN + SESSION_CREATE, int(time.time())
    signed = amx(HMAC_ID, HMAC_KEY, "POST", url, nonce=str(uuid.uuid4()), timestamp=now)
    await client.post(SESSION_CREATE, headers={"Authorization": signed})
    for name, count in (await _owned(app)).items():
        if not count:
            await _fill(app, metadata.tables[name])
    assert 0 not in (await _owned(app)).values()
    await app.services.database.write(Statement(delete(Company))())
    assert {name: count for name, count in (await _owned(app)).items() if count} == {}


async def test_deleting_a_company_leaves_the_others_alone(
    app: Application, client: httpx.AsyncClient
) -> None:
    other = {"X-TagshelfAPI-Key": "another-company-key"}
    await job_of_files(client)
    await job_of_files(client, headers=other)
    gone = Statement(delete(Company).where(columns_of(Company).name == "Demo Company"))
    await app.services.database.write(gone())
    assert await rows_of(app.services.database, "job") == 1
    assert await rows_of(app.services.database, "file_content") == 1
    answer = await client.get("/api/job/all", headers=other)
    assert answer.json()["total"] == 1
