"""A hook of schemathesis: signs each request with the demo company's HMAC pair."""

import time
import uuid

import requests
import schemathesis

from tests.auth.vectors import amx
from tests.support import HMAC_ID, HMAC_KEY


class Amx(requests.auth.AuthBase):
    """`Authorization: amx …`, over the URL and the bytes that are sent."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        request.headers["Authorization"] = amx(
            HMAC_ID,
            HMAC_KEY,
            str(request.method),
            str(request.url),
            nonce=uuid.uuid4().hex,
            timestamp=int(time.time()),
            body=body.encode() if isinstance(body, str) else body,
        )
        return request


schemathesis.auth.set_from_requests(Amx())
