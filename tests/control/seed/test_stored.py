"""What was loaded last for a company is kept, word for word, for its reset."""

import json
from pathlib import Path
from typing import Any

import pytest

from alfred_mock.control.demo import DEMO_COMPANY
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.document import SeedDocument, read_seed
from alfred_mock.control.seed.loading import stored_document
from alfred_mock.control.startup import demo_beside
from alfred_mock.core.errors import Refusal
from alfred_mock.main import Application
from tests.control.seed.documents import FULL, OTHER, company, load_company, load_document, rows_of
from tests.support import COMPANY

pytestmark = pytest.mark.anyio

DOCUMENTED = Path(__file__).parents[3] / "examples" / "documented.yaml"
ODD: dict[str, Any] = {
    "rules": [{}, {"tag": None}, {"metadata": {"a": [1, None, 1e3, "é"]}}],
    "deferred_sessions": [
        {
            "id": OTHER,
            "creation_date": "2022-11-17T02:00:00.001+02:00",
            "update_date": "1969-12-31T23:59:59.999",
            "user_name": "u",
        }
    ],
}


async def _stored(app: Application, company_id: str | None = OTHER) -> list[CompanySeed]:
    document = await stored_document(app.services, company_id)
    return document.companies


@pytest.mark.parametrize(
    "document",
    [
        read_seed(DOCUMENTED),
        demo_beside(None),
        demo_beside(read_seed(DOCUMENTED)),
        SeedDocument.model_validate(company(**FULL)),
        SeedDocument.model_validate(company(**ODD)),
        SeedDocument.model_validate(company(tags=[])),
    ],
    ids=["documented", "demo", "demo beside", "full", "odd", "no tags"],
)
def test_a_document_is_the_same_after_it_was_stored(document: SeedDocument) -> None:
    text = "[" + ",".join(document.as_given()) + "]"
    read = SeedDocument.model_validate({"companies": json.loads(text)})
    assert read == document
    for one, other in zip(read.companies, document.companies, strict=True):
        # Which tag a rule has depends on whether it was given.
        names = one.tag_names or ["A"]
        assert [r.tag_among(names) for r in one.rules] == [r.tag_among(names) for r in other.rules]


async def test_the_demo_company_goes_back_to_itself(app: Application) -> None:
    (stored,) = await _stored(app, COMPANY)
    assert stored == CompanySeed.model_validate(DEMO_COMPANY)
    assert stored.tags is None


async def test_what_was_loaded_last_is_kept(app: Application) -> None:
    await load_company(app.services, **FULL)
    await load_company(app.services, tags=[], rules=[])
    (stored,) = await _stored(app)
    assert stored == CompanySeed(id=OTHER, name="Other", tags=[])
    ((row,),) = (await rows_of(app.services, "company_seed"),)
    assert json.loads(row["document_json"]) == company(tags=[], rules=[])["companies"][0]


async def test_what_is_refused_is_not_kept(app: Application) -> None:
    await load_company(app.services, **FULL)
    with pytest.raises(Refusal):
        await load_company(app.services, api_keys=[{"key": "alfred-mock-demo-key"}])
    (stored,) = await _stored(app)
    assert stored.tag_names == ["RECIBO"]


async def test_all_companies_have_what_was_theirs(app: Application) -> None:
    await load_document(app.services, company(**FULL))
    assert [part.id for part in await _stored(app, None)] == sorted([COMPANY, OTHER])
    assert await _stored(app, "486e2ed0-3626-4faa-a745-8ebf3488fbd7") == []
