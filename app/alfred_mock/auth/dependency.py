"""The dependency that tells an endpoint who is calling."""

from typing import Annotated

from fastapi import Depends, Request, Security

from alfred_mock.auth import amx, api_key, bearer
from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.core.errors import Unauthorized
from alfred_mock.core.scope_keys import SCHEME, UNVERIFIED_COMPANY
from alfred_mock.core.services import Services, ServicesDep

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
    """
    caller = await _authenticate(request, services)
    request.scope[UNVERIFIED_COMPANY] = caller.company_id
    return caller


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
