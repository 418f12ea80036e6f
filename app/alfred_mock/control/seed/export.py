"""The present state as a seed document: all that it takes to have the same again elsewhere."""

import base64
from typing import Any

from sqlalchemy import select

from alfred_mock.auth.tables import Company
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.exported_company import (
    Exported,
    credentials,
    part,
    profiles,
    rules,
    tags,
)
from alfred_mock.control.seed.exported_uploads import files, jobs, sessions
from alfred_mock.core.services import Services
from alfred_mock.core.storage import ContentGone
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of

_companies = columns_of(Company)

# Nothing can be added to a company that is held like this, so all that is read fits together.
_HOLD = Statement(
    select(_companies.id, _companies.name)
    .where(of_company(_companies.id))
    .order_by(_companies.id)
    .with_for_update()
)


async def export(
    services: Services, company_id: str | None, *, with_content: bool
) -> dict[str, Any]:
    """What a company has, or each of them, as it is now; credentials in clear.

    Content that is not where files are kept any more is left out, as all of it is on request: a
    stand-in takes its place when the document is loaded.
    """
    companies = await services.database.transact(_read(company_id))
    for company in companies:
        for file in company.get("files", ()):
            size = file.pop("size")
            if with_content:
                content = await _content(services, company["id"], file["id"], size)
                if content is not None:
                    file["content_base64"] = base64.b64encode(content).decode()
    return {"companies": companies}


async def _content(services: Services, company_id: str, file_id: str, size: int) -> bytes | None:
    read = services.storage.read(company_id, file_id, 0, size)
    try:
        return b"".join([piece async for piece in read])
    except ContentGone:
        return None


def _read(company_id: str | None) -> Transaction[list[dict[str, Any]]]:
    """The companies as a document has them, but for content: of that there is the size."""
    found = yield _HOLD(company_id=company_id)
    of_each: dict[str, Exported] = {}
    for key, read in {
        "users": credentials("users"),
        "api_keys": credentials("api_keys"),
        "hmac": credentials("hmac"),
        "tags": tags,
        "rules": rules,
        "deferred_sessions": sessions,
        "jobs": jobs,
        "files": files,
    }.items():
        of_each[key] = yield from read(company_id)
    own = yield from profiles(company_id)
    return [
        part(
            CompanySeed,
            id=id_,
            name=name,
            **own.get(id_, {}),
            # Not to have any is something else for tags than not to say so.
            **{key: exported.get(id_, []) for key, exported in of_each.items()},
        )
        for id_, name in found
    ]
