"""Companies made while the server runs, each with credentials that no other company has."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from pydantic import ConfigDict, Field

from alfred_mock.alfred.wire import Id
from alfred_mock.control.company_tokens import token_of
from alfred_mock.control.lifetimes import end_at
from alfred_mock.control.seed.document import parse_seed
from alfred_mock.control.seed.loading import Loading, load_prepared
from alfred_mock.control.seed.preparing import prepare
from alfred_mock.core.clock import SECOND
from alfred_mock.core.errors import BadRequest, Refusal
from alfred_mock.core.models import LateModel
from alfred_mock.core.services import Services
from alfred_mock.database import Transaction


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


async def add_company(
    services: Services,
    made: CompanyMade,
    given: dict[str, Any],
    addition: Callable[[Loading], Transaction[None]],
) -> None:
    """Add a company that begins with its part of a seed, less its id and name.

    `addition` is the transaction after which the company is there; it does the loading, if at all.

    Raises:
        BadRequest: the seed cannot be loaded; names the place.
    """
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
        document = await asyncio.to_thread(parse_seed, {"companies": [part]}, source="seed")
        await load_prepared(
            services, await prepare(services, document), source="seed", within=addition
        )
    except Refusal as refusal:
        raise BadRequest(f"{refusal}") from None


def ending(services: Services, made: CompanyMade, ttl_s: float | None) -> Transaction[None]:
    """Have a company live for so many seconds, or for good."""
    if ttl_s is not None:
        yield from end_at(made.id, services.clock.real() + round(ttl_s * SECOND))


def new_company(services: Services, name: str | None) -> CompanyMade:
    """A company with credentials that nobody has yet; it is not in the database."""
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
