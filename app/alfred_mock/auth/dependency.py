"""The dependency that tells an endpoint who is calling."""

from typing import Annotated

from fastapi import Depends, Request, Security

from alfred_mock.auth import amx, api_key, bearer
from alfred_mock.auth.caller import Caller, CompanyRemoved, Scheme
from alfred_mock.core.clock import SECOND
from alfred_mock.core.errors import TooManyRequests, Unauthorized
from alfred_mock.core.rate_limits import RateLimiter, reset_of
from alfred_mock.core.scope_keys import CALLER, RATE_REMAINING, SCHEME, UNVERIFIED_COMPANY
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.database import ConstraintViolated

documented_schemes = [
    Security(api_key.scheme),
    Security(bearer.scheme),
    Security(amx.scheme),
]
"""For a router's `dependencies`: OpenAPI learns the schemes from them; they decide nothing."""


async def authenticate(request: Request, services: ServicesDep) -> Caller:
    """Who is calling, by whichever of the three schemes; an API key is judged first (our choice).

    Raises:
        Unauthorized: there are no credentials, or they prove nothing.
        TooManyRequests: limits are enforced, and the credential has used up its minute.
    """
    caller = await _authenticate(request, services)
    request.scope[UNVERIFIED_COMPANY] = caller.company_id
    request.scope[CALLER] = (caller.company_name, caller.user_name)
    if services.rate_limits is not None:
        await _count(services.rate_limits, caller, request, services)
    return caller


async def _count(limits: RateLimiter, caller: Caller, request: Request, services: Services) -> None:
    credential_id = caller.app_id or caller.user_id or ""
    try:
        budget = await limits.count(credential_id, caller.company_id, request.scope[SCHEME])
    except ConstraintViolated:
        raise CompanyRemoved from None
    request.scope[RATE_REMAINING] = budget.remaining
    if budget.is_exceeded:
        now = services.clock.real()
        seconds = max(1, reset_of(now) - now // SECOND)
        raise TooManyRequests(services.settings.rate_limit, seconds)


async def _authenticate(request: Request, services: Services) -> Caller:
    headers = request.headers
    key = headers.get(api_key.HEADER)
    if key is not None:
        request.scope[SCHEME] = Scheme.API_KEY
        return await api_key.authenticate(key, services.database)
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            request.scope[SCHEME] = Scheme.OAUTH
            return await bearer.authenticate(credentials, services.database, services.clock)
        case "amx":
            request.scope[SCHEME] = Scheme.HMAC
            return await amx.authenticate(credentials, request, services)
        case "":
            raise Unauthorized("neither X-TagshelfAPI-Key nor Authorization was sent")
        case _:
            raise Unauthorized("the Authorization scheme is neither Bearer nor amx")


CallerDep = Annotated[Caller, Depends(authenticate)]
