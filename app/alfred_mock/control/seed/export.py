"""The present state as a seed document: all that it takes to have the same again elsewhere."""

import base64
from typing import Any

from alfred_mock.control.seed.company import export_companies, hold_companies
from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.files import export_files
from alfred_mock.control.seed.jobs import DeferredSessionSeed, JobSeed
from alfred_mock.control.seed.loading import stored_seeds
from alfred_mock.control.seed.part import exported
from alfred_mock.control.seed.secrets import masked, revealed
from alfred_mock.control.seed.tags import RuleSeed, export_tags
from alfred_mock.core.services import Services
from alfred_mock.core.storage import ContentGone
from alfred_mock.database import Transaction


async def export(
    services: Services, company_id: str | None, *, with_content: bool, with_secrets: bool
) -> dict[str, Any]:
    """What a company has, or each of them, as it is now.

    Content that is not in the storage any more is left out, as all of it is on request: a stand-in
    takes its place when the document is loaded.
    """
    companies, sizes, seeds = await services.database.transact(_read(company_id))
    if with_secrets:
        revealed(companies, seeds, services.vault)
    else:
        masked(companies)
    if with_content:
        for company in companies:
            for file in company.get("files", ()):
                content = await _content(services, company["id"], file["id"], sizes[file["id"]])
                if content is not None:
                    file["content_base64"] = base64.b64encode(content).decode()
    return {"companies": companies}


async def _content(services: Services, company_id: str, file_id: str, size: int) -> bytes | None:
    read = services.storage.read(company_id, file_id, 0, size)
    try:
        return b"".join([piece async for piece in read])
    except ContentGone:
        return None


def _read(
    company_id: str | None,
) -> Transaction[tuple[list[dict[str, Any]], dict[str, int], dict[str, str]]]:
    """The companies without the content of their files, the files' sizes by id, and the seeds."""
    # Nothing can be added to a company that is held, so all that is read fits together.
    held = yield from hold_companies(company_id)
    files, sizes = yield from export_files(company_id)
    parts = {
        "users": (yield from exported(UserSeed, company_id)),
        "api_keys": (yield from exported(KeySeed, company_id)),
        "hmac": (yield from exported(HmacSeed, company_id)),
        "tags": (yield from export_tags(company_id)),
        "rules": (yield from exported(RuleSeed, company_id)),
        "deferred_sessions": (yield from exported(DeferredSessionSeed, company_id)),
        "jobs": (yield from exported(JobSeed, company_id)),
        "files": files,
    }
    seeds = yield from stored_seeds(company_id)
    return (yield from export_companies(held, company_id, parts)), sizes, seeds
