"""Seeds that several tests load, and the parts that they are made of."""

from typing import Any

from alfred_mock.control.seed.document import parse_seed
from alfred_mock.control.seed.loading import load
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement
from alfred_mock.tables import metadata

OTHER = "386e2ed0-3626-4faa-a745-8ebf3488fbd7"
THIRD = "386e2ed0-3626-4faa-a745-8ebf3488fbd8"
SESSION = "486e2ed0-3626-4faa-a745-8ebf3488fbd7"
CLOSED = "486e2ed0-3626-4faa-a745-8ebf3488fbd8"
JOB = "586e2ed0-3626-4faa-a745-8ebf3488fbd7"
FILE = "686e2ed0-3626-4faa-a745-8ebf3488fbd7"
TAG = "786e2ed0-3626-4faa-a745-8ebf3488fbd7"
POINT = "886e2ed0-3626-4faa-a745-8ebf3488fbd7"
DATE = "2022-11-17T00:00:00.000"
INSTANT = 1_668_643_200_000
WITH_OTHER_KEY = {"X-TagshelfAPI-Key": "other-key"}

A_TAG: dict[str, Any] = {
    "id": TAG,
    "name": "RECIBO",
    "data_points": [{"id": POINT, "name": "total", "value": "1"}, {"name": "fecha"}],
}
AN_OPEN_SESSION: dict[str, Any] = {"id": SESSION, "creation_date": DATE, "user_name": "other"}
A_CLOSED_SESSION: dict[str, Any] = {
    "id": CLOSED,
    "creation_date": DATE,
    "user_name": "other",
    "status": "closed",
    "job_id": JOB,
}
A_JOB: dict[str, Any] = {
    "id": JOB,
    "deferred_session_id": CLOSED,
    "creation_date": DATE,
    "user_name": "other",
}
A_FILE: dict[str, Any] = {
    "id": FILE,
    "deferred_session_id": CLOSED,
    "job_id": JOB,
    "file_name": "recibo.pdf",
    "creation_date": DATE,
    "tag": "RECIBO",
    "values": {"fecha": "2022-02-03", "total": "12.50"},
}
FULL: dict[str, Any] = {
    "progression": "manual",
    "stage_seconds": 1.5,
    "cloudinfo": {"account_name": "Other", "job_retry_limit": 1, "invalid_on_failed_file": False},
    "users": [{"user_name": "other", "password": "secret"}],
    "api_keys": [{"key": "other-key", "name": "Other Key"}],
    "hmac": [{"id": "other-id", "key": "c2VjcmV0"}],
    "tags": [A_TAG],
    "rules": [{"file_name": "*.pdf", "values": {"total": "2"}}],
    "deferred_sessions": [AN_OPEN_SESSION, A_CLOSED_SESSION],
    "jobs": [A_JOB],
    "files": [A_FILE],
}


def company(id_: str = OTHER, **parts: Any) -> dict[str, Any]:
    """A document with one company, of these parts."""
    return {"companies": [{"id": id_, "name": "Other", **parts}]}


async def load_document(services: Services, document: object) -> None:
    """Parse and load a document, as a start does."""
    await load(services, parse_seed(document, source="seed"), source="seed")


async def load_company(services: Services, id_: str = OTHER, **parts: Any) -> None:
    """Load a document with one company, of these parts."""
    await load_document(services, company(id_, **parts))


async def rows_of(services: Services, table: str, company_id: str = OTHER) -> list[dict[str, Any]]:
    """A company's rows of a table, by the names of their columns."""
    columns = metadata.tables[table].c
    found = await services.database.fetch(_ROWS[table]())
    rows = [dict(zip(columns.keys(), row, strict=True)) for row in found]
    return [row for row in rows if row["company_id"] == company_id]


async def everything(services: Services) -> list[Rows]:
    """All rows of all tables."""
    return [await services.database.fetch(statement()) for statement in _ROWS.values()]


_ROWS = {
    name: Statement(table.select().order_by(*table.primary_key.columns))
    for name, table in metadata.tables.items()
}
