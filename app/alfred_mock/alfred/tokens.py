"""`POST /token`: the OAuth password grant.

Errors here have OAuth's shape (RFC 6749, 5.2), not the rest of the API's (our choice, after the
ASP.NET convention that the field names of the answer follow).
"""

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field
from sqlalchemy import bindparam
from sqlmodel import select

from alfred_mock.auth.secrets import digest
from alfred_mock.auth.tables import AccessToken, User
from alfred_mock.core.body import refuse_encodings
from alfred_mock.core.clock import SECOND, Instant, to_http_date
from alfred_mock.core.errors import Unavailable, UnsupportedEncoding, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import REASON, UNVERIFIED_COMPANY
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.database import ConstraintViolated, Statement, Transaction
from alfred_mock.database.expiry import forget_expired
from alfred_mock.database.rows import Insert
from alfred_mock.engine.late_routes import LateRoute

LOGIN_PATH = "/token"
MAX_BODY_BYTES = 65_536

router = APIRouter(route_class=LateRoute, tags=["Authentication"])

_FIND_USER = Statement(
    select(User.id, User.password, User.company_id).where(User.user_name == bindparam("user_name"))
)
# Whoever changes the password waits until the token is stored, and then ends it.
_STILL = Statement(
    select(User.id)
    .where(User.id == bindparam("user_id"), User.password == bindparam("password"))
    .with_for_update(read=True)
)
_INSERT = Insert(AccessToken)
_FORGET = forget_expired(
    AccessToken.digest, expires_at=AccessToken.expires_at, owner=AccessToken.user_id
)
_KEPT_AFTER_EXPIRY = 86_400 * SECOND


class TokenGranted(LateModel):
    """The token and how long it is good for (SDK; `.issued` and `.expires` in RFC 1123)."""

    model_config = ConfigDict(extra="forbid")

    access_token: str
    token_type: Annotated[str, Field(examples=["bearer"])]
    expires_in: Annotated[int, Field(description="Seconds.", examples=[2_592_000])]
    userName: Annotated[str, Field(examples=["SuperTagShelf"])]  # noqa: N815
    issued: Annotated[str, Field(alias=".issued", examples=["Tue, 11 Jun 2019 09:04:53 GMT"])]
    expires: Annotated[str, Field(alias=".expires", examples=["Thu, 11 Jul 2019 09:04:53 GMT"])]


class TokenRefused(LateModel):
    """OAuth's error (RFC 6749, 5.2)."""

    error: Annotated[str, Field(examples=["invalid_grant"])]
    error_description: Annotated[str, Field(examples=["The user name or password is incorrect."])]


_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "title": "PasswordGrant",
                    "type": "object",
                    "required": ["grant_type", "username", "password"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["password"]},
                        "username": {"type": "string", "examples": ["SuperTagShelf"]},
                        "password": {
                            "type": "string",
                            "format": "password",
                            "examples": ["demo-password"],
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    LOGIN_PATH,
    summary="Exchange a user name and password for an access token.",
    response_model=TokenGranted,
    responses={
        400: {"model": TokenRefused, "description": "Bad Request"},
        **describe_errors(UnsupportedEncoding(), Unavailable),
    },
    openapi_extra=_FORM,
)
async def token(request: Request, services: ServicesDep) -> JsonReply:
    """Log in; there is no refresh token, a client logs in again.

    The body is read as a form whatever its `Content-Type`: the official JavaScript client labels
    its form `application/json`. An `Authorization` header is ignored.
    """
    form = await _read_form(request)
    if form is None:
        return _refuse("invalid_request", f"The body is no form of up to {MAX_BODY_BYTES} bytes.")
    if form.get("grant_type") != "password":
        return _refuse("unsupported_grant_type", "Only the password grant is supported.")
    user_name, password = form.get("username", ""), form.get("password", "")
    found = await services.database.fetch(_FIND_USER(user_name=user_name))
    user_id, expected, company_id = found[0] if found else (None, "", None)
    request.scope[UNVERIFIED_COMPANY] = company_id
    is_right = await services.passwords.is_right(password, expected if found else None)
    if not is_right or user_id is None:
        request.scope[REASON] = (
            "no user has this name" if user_id is None else "the user's password is another one"
        )
        return _refuse("invalid_grant", "The user name or password is incorrect.")
    now = services.clock.now(company_id)
    try:
        granted = await _grant(services, user_id, user_name, expected, now)
    except ConstraintViolated:
        granted = None
    if granted is None:
        request.scope[REASON] = "the user has been removed or changed meanwhile"
        return _refuse("invalid_grant", "The user name or password is incorrect.")
    return JsonReply(granted)


async def company_of_login(body: bytes, services: Services) -> str | None:
    """The id of the company whose user a log-in names; None where it names nobody."""
    user_name = (_parsed(body) or {}).get("username", "")
    found = await services.database.fetch(_FIND_USER(user_name=user_name))
    return str(found[0][2]) if found else None


async def _read_form(request: Request) -> dict[str, str] | None:
    refuse_encodings(request)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return _parsed(body)


def _parsed(body: bytes) -> dict[str, str] | None:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    form = {name: values[0] for name, values in fields.items()}
    # PostgreSQL cannot store, and so never matches, a NUL.
    return None if any("\0" in value for value in form.values()) else form


def _refuse(error: str, description: str) -> JsonReply:
    return JsonReply({"error": error, "error_description": description}, status_code=400)


async def _grant(
    services: Services, user_id: str, user_name: str, stored_password: str, now: Instant
) -> TokenGranted | None:
    """A token, None if the password has changed meanwhile."""
    access_token = services.ids.token()
    lifetime = services.settings.token_lifetime
    expires_at = now + lifetime * SECOND
    stored = await services.database.transact(
        _store(digest(access_token), user_id, stored_password, now, expires_at)
    )
    if not stored:
        return None
    return TokenGranted.model_validate(
        {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": lifetime,
            "userName": user_name,
            ".issued": to_http_date(now),
            ".expires": to_http_date(expires_at),
        }
    )


def _store(
    token_digest: str, user_id: str, stored_password: str, now: Instant, expires_at: Instant
) -> Transaction[bool]:
    if not (yield _STILL(user_id=user_id, password=stored_password)):
        return False
    yield _FORGET(owner=user_id, before=now - _KEPT_AFTER_EXPIRY)
    yield _INSERT(digest=token_digest, user_id=user_id, issued_at=now, expires_at=expires_at)
    return True
