"""`Authorization: amx <id>:<signature>:<nonce>:<timestamp>` (docs; details from the SDKs).

What the SDKs call `secret_key` is the public id, and what they call `api_key` is the base64 of the
shared key. Signatures older or newer than five minutes and nonces used before are refused, as in
the well-known filter that the scheme is a copy of (our choice).
"""

from fastapi import Request
from fastapi.security import APIKeyHeader
from sqlalchemy import bindparam, or_
from sqlmodel import select

from alfred_mock.auth.amx_diagnosis import Seen, explain, malformed
from alfred_mock.auth.amx_signature import AmxHeader, body_hash, encoded_urls, raw_text, sign
from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.auth.known_secrets import secrets_among
from alfred_mock.auth.secrets import digest, equal
from alfred_mock.auth.tables import Company, HmacPair, Nonce
from alfred_mock.core.body import read_early
from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.errors import Unauthorized
from alfred_mock.core.host_header import LONGEST
from alfred_mock.core.services import Services
from alfred_mock.database import ConstraintViolated, Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.expiry import forget_expired

MAX_AGE_SECONDS = 300

# OpenAPI's `http` schemes are those that are registered, and tools refuse another one.
scheme = APIKeyHeader(
    name="Authorization",
    scheme_name="HMAC",
    description="`Authorization: amx <id>:<signature>:<nonce>:<timestamp>`, the signature being"
    " HMAC-SHA256 over id, method, URL, timestamp, nonce and body.",
    auto_error=False,
)

_FIND = Statement(
    select(HmacPair.id, HmacPair.name, HmacPair.key, Company.id, Company.name)  # type: ignore[call-overload]
    .join(Company)
    .where(HmacPair.public_id == bindparam("public_id"))
)
_pairs = columns_of(HmacPair)
_IS_KEY = Statement(
    select(_pairs.id).where(
        or_(_pairs.key == bindparam("key"), _pairs.digest == bindparam("digest"))
    )
)
_ONCE = ("the_nonce", "the_signature")
_REMEMBER = Statement(
    lambda insert: (
        insert(Nonce)
        .values(
            [
                {
                    Nonce.hmac_pair_id: bindparam("pair"),
                    Nonce.nonce: bindparam(once),
                    Nonce.expires_at: bindparam("end"),
                }
                for once in _ONCE
            ]
        )
        .on_conflict_do_nothing()
        .returning(Nonce.nonce)
    )
)
_FORGET = forget_expired(
    Nonce.hmac_pair_id, Nonce.nonce, expires_at=Nonce.expires_at, owner=Nonce.hmac_pair_id
)


async def authenticate(credentials: str, request: Request, services: Services) -> Caller:
    """The application that signed this very request.

    Raises:
        Unauthorized: the header is malformed, its id unknown, its timestamp too far off, its
            signature over something else, or its nonce or signature used before.
        PayloadTooLarge: the body is larger than any that is accepted.
    """
    header = AmxHeader.parse(credentials)
    if header is None:
        raise Unauthorized(malformed(credentials))
    found = await services.database.look_up(_FIND(public_id=header.public_id))
    if not found:
        raise Unauthorized(await _unknown(header.public_id, services.database))
    pair_id, name, stored_key, company_id, company_name = found[0]
    now = services.clock.now(company_id)
    off_by = header.signed_at - now // SECOND
    if abs(off_by) > MAX_AGE_SECONDS:
        raise Unauthorized(f"the amx timestamp is off by {off_by} s, more than {MAX_AGE_SECONDS}")
    key = services.vault.open(stored_key, of=header.public_id)
    # Only now: a body is not read for somebody who could not have signed it.
    url = services.forwarding.client_url(request.scope)
    hashed = await body_hash(read_early(request, limit=services.settings.max_body))
    signed_by_key = any(
        [  # noqa: C419 - a list, so that how long it takes does not tell which one matched
            equal(header.signature, sign(key, raw_text(header, request.method, encoded, hashed)))
            for encoded in encoded_urls(url)
        ]
    )
    if not signed_by_key:
        raise Unauthorized(explain(_seen(header, request, services, hashed), key))
    try:
        is_first_use = await services.database.transact(_use_nonce(pair_id, header, now))
    except ConstraintViolated:
        raise Unauthorized("the HMAC pair has been removed meanwhile") from None
    if not is_first_use:
        raise Unauthorized(f"the amx nonce {header.nonce!r}, or its signature, was used before")
    return Caller(
        Scheme.HMAC, company_id, company_name, user_name=name, app_id=pair_id, app_name=name
    )


def _seen(header: AmxHeader, request: Request, services: Services, hashed: str) -> Seen:
    """The request as the server has seen it, and where else its client may have sent it."""
    scope, headers = request.scope, request.headers
    url = services.forwarding.client_url(scope)
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    host = f"{scope['scheme']}://{headers.get('host', '')}"
    proto = headers.get("X-Forwarded-Proto", scope["scheme"]).partition(",")[0].strip()
    forwarded = headers.get("X-Forwarded-Host", headers.get("host", "")).partition(",")[0].strip()
    proto, forwarded = proto[:10], forwarded[:LONGEST]
    origins = (
        (host, f"{host}, the Host header, which is not the public URL"),
        (
            f"{proto}://{forwarded}",
            f"{proto}://{forwarded}, which the X-Forwarded headers say and"
            " ALFRED_MOCK_TRUSTED_PROXIES does not believe",
        ),
    )
    target = path + (f"?{query}" if query else "")
    return Seen(header, request.method, url, target, hashed, origins)


async def _unknown(public_id: str, database: Database) -> str:
    """Why an id is unknown; what is a key must not be repeated."""
    if await database.fetch(_IS_KEY(key=public_id, digest=digest(public_id))):
        return "id and key of the amx header are swapped: a key is where the id belongs"
    if await secrets_among(database, [public_id]):
        return "a secret is where the id of the amx header belongs"
    return f"no company has the HMAC id {public_id[:200]!r}"


async def unverified_company(credentials: str, database: Database) -> str | None:
    """The id of the company that has the HMAC id, whatever was signed and whoever did it."""
    public_id = credentials.strip().partition(":")[0]
    rows = await database.look_up(_FIND(public_id=public_id))
    return str(rows[0][3]) if rows else None


def _use_nonce(pair_id: str, header: AmxHeader, now: Instant) -> Transaction[bool]:
    """Whether nonce and signature are new; forgets those that nobody can replay any more.

    No mark divides what is signed, so one signature fits several headers: the end of the nonce may
    as well be the hash of a body. It is remembered itself, where no nonce can be: with a colon.
    """
    yield _FORGET(owner=pair_id, before=now)
    # A signature can be replayed until its own time is too far in the past.
    expires_at = (header.signed_at + MAX_AGE_SECONDS + 1) * SECOND
    first_use: Rows = yield _REMEMBER(
        pair=pair_id,
        the_nonce=header.nonce,
        the_signature=f":{header.signature}",
        end=expires_at,
    )
    return len(first_use) == len(_ONCE)
