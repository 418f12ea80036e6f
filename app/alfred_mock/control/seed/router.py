"""`/__admin/seed`: the present state in the format of a seed, and a seed to be loaded."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import bindparam, select

from alfred_mock.auth.tables import Company
from alfred_mock.control.body_limit import SEED_BYTES
from alfred_mock.control.company_filter import CompanyQuery
from alfred_mock.control.seed.document import SeedDocument, parse_seed
from alfred_mock.control.seed.export import export
from alfred_mock.control.seed.formats import parse_json
from alfred_mock.control.seed.loading import load_prepared
from alfred_mock.control.seed.preparing import prepare
from alfred_mock.core.body import body_of
from alfred_mock.core.errors import (
    BadRequest,
    NotFound,
    PayloadTooLarge,
    Refusal,
    Unavailable,
    describe_errors,
)
from alfred_mock.core.garbage import let_go, no_collection
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.core.streams import streamed_text
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, prefix="/seed", tags=["Seed"])

_companies = columns_of(Company)
_NAME = Statement(select(_companies.name).where(_companies.id == bindparam("id")))
_NO_COMPANY = "There is no company with this id or credential."
_EXAMPLE = {
    "companies": [
        {
            "id": "5b0f3a52-8f0e-4d55-8e9d-5a1c7be5a0f4",
            "name": "Another Company",
            "api_keys": [{"key": "another-company-key"}],
            "deferred_sessions": [
                {
                    "id": "0f767925-b464-4ffa-b621-1a0aeacad257",
                    "creation_date": "2022-11-17T00:00:00.000",
                    "user_name": "API Key 1",
                }
            ],
        }
    ]
}
_DOCUMENT: dict[str, Any] = {"application/json": {"example": _EXAMPLE}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/SeedDocument"},
                "example": _EXAMPLE,
            }
        },
    }
}


@router.get(
    "",
    summary="The present state as a seed.",
    response_model=SeedDocument,
    responses={
        200: {"content": _DOCUMENT},
        **describe_errors(BadRequest, NotFound(_NO_COMPANY), Unavailable),
    },
)
async def read(
    services: ServicesDep,
    company: CompanyQuery = None,
    content: Annotated[
        bool, Query(description="With the content of files, or for false without it.")
    ] = True,
    secrets: Annotated[
        bool | None,
        Query(
            description="With passwords and keys in clear, or with a mask in their places; by"
            " default with them unless the server protects them by a key."
        ),
    ] = None,
) -> Response:
    """Everything there is, or all that one company has, contents included.

    With secrets and loaded into an empty database it gives the same companies again, down to the
    ids.
    """
    with_secrets = not services.vault.seals if secrets is None else secrets
    return await export(services, company, with_content=content, with_secrets=with_secrets)


@router.put(
    "",
    summary="Load a seed.",
    response_model=SeedDocument,
    responses={
        200: {"content": _DOCUMENT},
        **describe_errors(
            BadRequest("seed: companies[0].user: there is no such key; the nearest is users"),
            NotFound(_NO_COMPANY),
            PayloadTooLarge,
            Unavailable,
        ),
    },
    openapi_extra=_BODY,
)
async def put(request: Request, services: ServicesDep, company: CompanyQuery = None) -> Response:
    """Like a seed that is loaded at start: all of it or nothing; adds and updates, removes nothing.

    A reset of its companies goes back to it from then on. Where a company is named, the body may be
    that company's part alone, without its id and name. The answer is the document as it is stored.
    """
    # A document is much that stays for a while, and the collector would look through it again
    # and again while all others wait.
    with no_collection():
        content = await _json(request)
        if company is not None and "companies" not in content:
            content = {"companies": [await _part(services, company, content)]}
        try:
            document = await asyncio.to_thread(_document, content)
            if company is not None and any(given.id != company for given in document.companies):
                raise BadRequest("The seed is one of another company than the one that is named.")
            prepared = await prepare(services, document)
            await load_prepared(services, prepared, source="seed")
            await asyncio.to_thread(document.let_go)
        except Refusal as refusal:
            raise BadRequest(f"{refusal}") from None
    await services.database.announce()
    return streamed_text('{"companies":[' + ",".join(prepared.given) + "]}")


async def _json(request: Request) -> dict[str, Any]:
    read = bytearray()
    async for chunk in body_of(request, limit=SEED_BYTES):
        read += chunk
    try:
        content = await asyncio.to_thread(_parsed, read)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The body must be a JSON object: {error}.") from None
    if not isinstance(content, dict):
        raise BadRequest("The body must be a JSON object.")
    return content


def _document(content: dict[str, Any]) -> SeedDocument:
    document = parse_seed(content, source="seed")
    for company in content.get("companies", []):
        for part in company.values():
            if isinstance(part, list):
                let_go(part)
    return document


def _parsed(read: bytearray) -> Any:
    return parse_json(read.decode())


async def _part(services: Services, company_id: str, content: dict[str, Any]) -> dict[str, Any]:
    found = await services.database.fetch(_NAME(id=company_id))
    if not found:  # it has gone in the meantime
        raise NotFound(_NO_COMPANY)
    return {"id": company_id, "name": found[0][0], **content}
