"""The headers of answers, as OpenAPI describes them."""

from collections.abc import Mapping
from typing import Any

COMMON: Mapping[str, dict[str, Any]] = {
    "X-RateLimit-Limit": {
        "description": "Requests that a minute has room for.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
        "example": 10_000,
    },
    "X-RateLimit-Remaining": {
        "description": "Requests that are left of this minute.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
        "example": 10_000,
    },
    "X-RateLimit-Reset": {
        "description": "When the next minute begins, in unix seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
        "example": 1_700_000_040,
    },
    "X-Request-ID": {
        "description": "Names the request in journal and log: the client's own, or a new one.",
        "required": True,
        "schema": {"type": "string", "pattern": r"^[\w.:/+=-]{1,128}$"},
        "example": "5f3c9a1e-1",
    },
}
"""What `core/middleware.py` puts on every answer."""


def add_headers(document: dict[str, Any]) -> None:
    """Put the common headers on every answer, beside those that it declares itself."""
    document["components"]["headers"] = {name: dict(header) for name, header in COMMON.items()}
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation["responses"].values():
                common = {name: {"$ref": f"#/components/headers/{name}"} for name in COMMON}
                answer["headers"] = {**answer.get("headers", {}), **common}
