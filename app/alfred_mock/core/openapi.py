"""OpenAPI documents: names of operations, and no mention of answers that never happen."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute


class DocumentedApp(FastAPI):
    """FastAPI with settled names in its OpenAPI document, and without its own 422.

    Bad parameters are answered with 400.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            redirect_slashes=False,
            generate_unique_id_function=operation_id,
            separate_input_output_schemas=False,
            **options,
        )

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            without_422(super().openapi())
        return super().openapi()


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
