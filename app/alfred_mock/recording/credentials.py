"""Credentials on their way through: tokens are handed out as placeholders, HMAC is signed anew.

All that was seen is remembered in memory, to make sure that none of it is written.
"""

import json
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote

from alfred_mock.auth.amx_signature import (
    LEFT_AS_IS,
    AmxHeader,
    encoded_urls,
    raw_text,
    sign,
)
from alfred_mock.conformance.exchange import Answer, Request
from alfred_mock.core.digests import Md5
from alfred_mock.core.ids import Ids
from alfred_mock.recording.exchanges import header_of

TOKEN = "/token"  # noqa: S105 - a path
_KEY = "x-tagshelfapi-key"


@dataclass(frozen=True)
class HmacPair:
    """What signs requests: what the SDKs call secret_key, and what they call api_key."""

    public_id: str
    key: str


class Credentials:
    """Those of one recording."""

    def __init__(self, origin: str, pair: HmacPair | None = None) -> None:
        """`origin` is the real Alfred's URL, which signatures are over."""
        self._origin = origin
        self._pair = pair
        self._ids = Ids()
        self._tokens: dict[str, str] = {}
        self._seen: dict[str, None] = {}
        if pair is not None:
            self._seen[pair.key] = None

    @property
    def seen(self) -> list[str]:
        """Every credential that has passed."""
        return list(self._seen)

    def onward(self, request: Request) -> Request:
        """The request as the real Alfred is to get it."""
        self._remember(request)
        headers = dict(request.headers)
        for name, value in request.headers.items():
            if name.lower() != "authorization":
                continue
            scheme, _, credentials = value.partition(" ")
            if scheme.lower() == "bearer" and credentials in self._tokens:
                headers[name] = f"{scheme} {self._tokens[credentials]}"
            elif scheme.lower() == "amx" and self._pair is not None:
                headers[name] = self._signed_anew(self._pair, request, credentials) or value
        return replace(request, headers=headers)

    def back(self, request: Request, answer: Answer) -> Answer:
        """The answer as the client is to get it: a token is a placeholder."""
        content = answer.content
        is_login = request.target.partition("?")[0] == TOKEN and isinstance(content, dict)
        token = content.get("access_token") if is_login else None
        if not isinstance(token, str) or not token:
            return answer
        placeholder = f"recording-{self._ids.token()}"
        self._tokens[placeholder] = token
        self._seen.update(dict.fromkeys((placeholder, token)))
        body = json.dumps({**content, "access_token": placeholder}, separators=(",", ":")).encode()
        headers = tuple(
            (name, f"{len(body)}" if name == "content-length" else value)
            for name, value in answer.headers
        )
        return replace(answer, body=body, headers=headers)

    def _remember(self, request: Request) -> None:
        headers = request.headers.items()
        found = [header_of(headers, _KEY), header_of(headers, "cookie")]
        credentials = header_of(headers, "authorization").partition(" ")[2].strip()
        found += [credentials, *credentials.split(":")[1:2]]  # the signature of an amx header
        if request.target.partition("?")[0] == TOKEN:
            fields = parse_qsl(request.body.decode("utf-8", "replace"))
            found += [value for name, value in fields if name not in ("grant_type", "username")]
        self._seen.update(dict.fromkeys(value for value in found if value))

    def _signed_anew(self, pair: HmacPair, request: Request, credentials: str) -> str | None:
        """The header over the URL of the real Alfred, with the client's own nonce and timestamp.

        None where the client has not signed with this pair: what is wrong is to stay wrong.
        """
        header = AmxHeader.parse(credentials)
        if header is None or header.public_id != pair.public_id:
            return None
        hashed = Md5(request.body).text if request.body else ""

        def signature(encoded_url: str) -> str:
            return sign(pair.key, raw_text(header, request.method, encoded_url, hashed))

        host = header_of(request.headers.items(), "host")
        asked = encoded_urls(f"http://{host}{request.target}")
        if header.signature not in map(signature, asked):
            return None
        url = quote(self._origin + request.target, safe=LEFT_AS_IS[0], encoding="latin-1").lower()
        made = signature(url)
        self._seen[made] = None
        return f"amx {pair.public_id}:{made}:{header.nonce}:{header.timestamp}"
