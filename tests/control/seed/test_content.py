"""Content is there if and only if its file is, also where it is kept outside the database."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from alfred_mock.core.errors import Refusal
from alfred_mock.core.services import Services
from alfred_mock.main import Application
from tests.control.seed.documents import (
    A_FILE,
    FILE,
    FULL,
    OTHER,
    THIRD,
    load_company,
    load_document,
    rows_of,
)

pytestmark = pytest.mark.anyio

OTHER_FILE = "686e2ed0-3626-4faa-a745-8ebf3488fbd8"


class Elsewhere:
    """A storage outside the database."""

    is_database = False

    def __init__(self) -> None:
        self.holds: dict[tuple[str, str], bytes] = {}
        self.kept = 0

    async def keep(self, company_id: str, file_id: str, source: Any) -> None:
        self.holds[company_id, file_id] = source.read()
        self.kept += 1

    def statements(self, company_id: str, file_id: str, source: Any) -> Iterator[Any]:
        yield from ()

    async def discard(self, company_id: str, file_id: str) -> None:
        del self.holds[company_id, file_id]


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def services(app: Application, elsewhere: Elsewhere) -> Services:
    storage: Any = elsewhere
    return replace(app.services, storage=storage)


async def test_content_is_kept_before_its_file_and_once(
    services: Services, elsewhere: Elsewhere
) -> None:
    for _ in range(2):
        await load_company(services, **{**FULL, "files": [{**A_FILE, "content": "x"}]})
    assert elsewhere.holds == {(OTHER, FILE): b"x"}
    assert elsewhere.kept == 1
    assert await rows_of(services, "file_content") == []


async def test_content_of_a_seed_that_is_refused_is_discarded(
    services: Services, elsewhere: Elsewhere
) -> None:
    await load_company(services, **FULL)
    [job] = FULL["jobs"]
    more = {**A_FILE, "id": OTHER_FILE, "tag": None, "values": {}, "deferred_session_id": None}
    taken = {"jobs": [{**job, "deferred_session_id": None}], "files": [more]}
    with pytest.raises(Refusal, match="belongs to another company"):
        await load_document(
            services, {"companies": [{"id": THIRD, "name": "Third", "tags": [], **taken}]}
        )
    assert list(elsewhere.holds) == [(OTHER, FILE)]


async def test_content_of_another_companys_file_is_left_alone(
    services: Services, elsewhere: Elsewhere
) -> None:
    await load_company(services, **FULL)
    before = dict(elsewhere.holds)
    [job] = FULL["jobs"]
    own = {**job, "id": OTHER_FILE, "deferred_session_id": None}
    file = {**A_FILE, "job_id": OTHER_FILE, "tag": None, "values": {}, "deferred_session_id": None}
    with pytest.raises(Refusal, match=f"the file {FILE} belongs to another company"):
        await load_company(services, THIRD, tags=[], jobs=[own], files=[file])
    assert elsewhere.holds == before
