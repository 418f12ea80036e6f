"""Companies made and removed over HTTP: a tenant for each test."""

import base64
from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from alfred_mock.alfred.wire import Date, Id
from alfred_mock.control.body import ControlBody
from alfred_mock.control.company_filter import company_id_of
from alfred_mock.control.company_tokens import token_of
from alfred_mock.control.journal.queue import JournalDep
from alfred_mock.control.lifetimes import end_at, list_companies, remove_company
from alfred_mock.control.seed.document import SeedDocument, parse_seed
from alfred_mock.control.seed.loading import kept_content, load_all
from alfred_mock.control.seed.secrets import passwords_to_store
from alfred_mock.core.clock import SECOND, Instant, to_wire
from alfred_mock.core.errors import BadRequest, NotFound, Refusal, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.core.values import IdPath, ShortText
from alfred_mock.database import Transaction
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, prefix="/companies", tags=["Companies"])

MOST_SECONDS = 31_536_000
"""The longest life that can be asked for: a year."""


class CompanyCreate(ControlBody):
    """What the new company is to be; all of it optional."""

    name: ShortText | None = None
    ttl_s: float | None = Field(
        None,
        gt=0,
        le=MOST_SECONDS,
        description="Seconds, after which the next control call of anybody removes the company.",
    )
    seed: dict[str, Any] | None = Field(
        None,
        description="What a company has in a seed document, less its id and name: tags, rules,"
        " sessions, more credentials and so on. A reset goes back to it.",
    )


class HmacShown(LateModel):
    """An HMAC pair: what SDKs call secret_key, and what they call api_key."""

    id: str
    key: str


class UserShown(LateModel):
    """Who can log in at `POST /token`."""

    user_name: str
    password: str


class CompanyMade(LateModel):
    """A company and what it takes to call the API as one of its own."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    name: str
    api_key: str
    hmac: HmacShown
    user: UserShown
    admin_token: str | None = Field(
        description="A token for control calls about this company only; null where none is needed."
    )


class CompanyShown(LateModel):
    """A company, without what it takes to be a caller of it."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    name: str
    created: Date | None = Field(description="Real time; null is before this was noted.")
    expires: Date | None = Field(description="When its time to live is over; null is never.")


class CompanyList(LateModel):
    """All companies, the oldest first."""

    model_config = ConfigDict(extra="forbid")

    companies: list[CompanyShown]


@router.get(
    "",
    summary="The companies.",
    response_model=CompanyList,
    responses=describe_errors(BadRequest),
)
async def list_all(services: ServicesDep) -> JsonReply:
    """Their ids and names, by which all other calls know them; no credentials."""
    rows = await list_companies(services)
    return JsonReply(
        {
            "companies": [
                {"id": id_, "name": name, "created": _date(created), "expires": _date(expires)}
                for id_, name, created, expires in rows
            ]
        }
    )


def _date(instant: Instant | None) -> str | None:
    return None if instant is None else to_wire(instant)


@router.post(
    "",
    summary="Make a company with credentials of its own.",
    response_model=CompanyMade,
    responses=describe_errors(BadRequest),
)
async def create(services: ServicesDep, asked: CompanyCreate | None = None) -> JsonReply:
    """Nothing that another company does is ever seen by it."""
    asked = asked or CompanyCreate()
    made = _new_company(services, asked.name)
    given = dict(asked.seed or {})
    for key in ("id", "name"):
        if key in given:
            raise BadRequest(f"Field 'seed.{key}' is not taken: the company is a new one.")
    part = {
        **given,
        "id": made.id,
        "name": made.name,
        "api_keys": [{"key": made.api_key}, *_listed(given, "api_keys")],
        "hmac": [made.hmac.model_dump(), *_listed(given, "hmac")],
        "users": [made.user.model_dump(), *_listed(given, "users")],
    }
    try:
        document = parse_seed({"companies": [part]}, source="seed")
        passwords = await passwords_to_store(services, document)
        async with kept_content(services, document):
            await services.database.transact(
                _made(services, document, passwords, made.id, asked.ttl_s)
            )
    except Refusal as refusal:
        raise BadRequest(f"{refusal}") from None
    return JsonReply(made)


def _made(
    services: Services,
    document: SeedDocument,
    passwords: dict[str, str],
    company_id: str,
    ttl_s: float | None,
) -> Transaction[None]:
    yield from load_all(services, document, passwords, source="seed")
    if ttl_s is not None:
        yield from end_at(company_id, services.clock.real() + round(ttl_s * SECOND))


def _new_company(services: Services, name: str | None) -> CompanyMade:
    ids, admin_token = services.ids, services.settings.admin_token
    company_id = ids.uuid()
    short = company_id[:8]
    return CompanyMade(
        id=company_id,
        name=name or f"Company {short}",
        api_key=ids.token(),
        hmac=HmacShown(id=ids.uuid(), key=base64.b64encode(ids.token().encode()).decode()),
        user=UserShown(user_name=f"user-{company_id}", password=ids.token()),
        admin_token=token_of(company_id, admin_token) if admin_token is not None else None,
    )


def _listed(given: dict[str, Any], key: str) -> list[Any]:
    value = given.get(key, [])
    if not isinstance(value, list):
        raise BadRequest(f"Field 'seed.{key}' must be a list.")
    return value


@router.delete(
    "/{id}",
    summary="Remove a company and all that it owns.",
    response_model=dict[str, str],
    responses=describe_errors(BadRequest, NotFound),
)
async def remove(
    services: ServicesDep,
    journal: JournalDep,
    id: IdPath,  # noqa: A002
) -> JsonReply:
    """Its credentials are refused everywhere when this is answered."""
    await company_id_of(services, id)
    await remove_company(services, journal, id)
    await services.database.announce()
    return JsonReply({})
