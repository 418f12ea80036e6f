"""What a company's reset goes back to: its part of the document that was loaded last."""

import json
from typing import Any

from sqlalchemy import select

from alfred_mock.control.company_filter import of_company
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.writing import put
from alfred_mock.control.tables import StoredSeed
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_seeds = columns_of(StoredSeed)

_PUT = put(StoredSeed, "company_id", "document_json")
_FIND = Statement(
    select(_seeds.document_json).where(of_company(_seeds.company_id)).order_by(_seeds.company_id)
)


def as_given(company: CompanySeed) -> dict[str, Any]:
    """A company's part of a document as JSON, in the format that it came in.

    What was left out stays left out: for the tag of a rule that is not the same as null.
    """
    return company.model_dump(mode="json", exclude_unset=True)


def store_seed(company: CompanySeed) -> Transaction[None]:
    """Put the company's part in the place of what was stored for it before."""
    document_json = json.dumps(as_given(company), separators=(",", ":"))
    yield _PUT(company_id=company.id, document_json=document_json)


def seeds_of(company_id: str | None) -> Transaction[list[CompanySeed]]:
    """What a company, or each of them, goes back to; nothing for one that never had a seed."""
    rows: Rows = yield _FIND(company_id=company_id)
    return [CompanySeed.model_validate(json.loads(document)) for (document,) in rows]
