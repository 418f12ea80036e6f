"""OpenAPI documents: names of operations, and what FastAPI puts in that never happens."""

import re
from typing import Any

from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """A name for an operation that does not change with its path: tag and function."""
    return re.sub(r"[\W_]+", "-", f"{(route.tags or ['root'])[0]}-{route.name}").lower()


def without_422(document: dict[str, Any]) -> None:
    """Take FastAPI's own 422 out of a document, and sort the other answers by status.

    Bad parameters are answered with 400.
    """
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"] = dict(sorted(operation["responses"].items()))
    for name in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(name, None)
