"""Finds the company whose credentials a request carries, without checking them.

For faults and the journal only; it grants nothing. An expired token or a wrong signature still
comes from a company's own client, whose requests a tester wants to see and to bend.
"""

from starlette.datastructures import Headers
from starlette.types import Scope

from alfred_mock.auth import amx, api_key, bearer
from alfred_mock.core.query import parameters_of
from alfred_mock.core.scope_keys import UNVERIFIED_COMPANY
from alfred_mock.core.services import Services
from alfred_mock.engine.upgrades import REALTIME_PATH


async def unverified_company(scope: Scope, services: Services) -> str | None:
    """The id of the company, None where no credentials are shown or nobody has them."""
    if UNVERIFIED_COMPANY not in scope:
        scope[UNVERIFIED_COMPANY] = await _company_of(scope, services)
    company_id: str | None = scope[UNVERIFIED_COMPANY]
    return company_id


async def _company_of(scope: Scope, services: Services) -> str | None:
    """In the order in which `dependency.authenticate` looks at them."""
    if scope["path"] == REALTIME_PATH:
        key = parameters_of(scope["query_string"]).get(api_key.PARAMETER, "")
        return await api_key.unverified_company(key, services.database)
    headers = Headers(scope=scope)
    header = headers.get(api_key.HEADER)
    if header is not None:
        return await api_key.unverified_company(header, services.database)
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return await bearer.unverified_company(credentials, services.database)
        case "amx":
            return await amx.unverified_company(credentials, services.database)
        case _:
            return None
