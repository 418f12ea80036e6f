"""How OpenAPI describes the form of an upload and the answers to a download."""

from typing import Any

UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "title": "FileUpload",
                    "type": "object",
                    "required": ["session_id", "file"],
                    "properties": {
                        "session_id": {"type": "string", "format": "uuid"},
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "With a file name.",
                        },
                        "metadata": {
                            "type": "string",
                            "description": "JSON as text.",
                            "examples": ['{"department": "sales"}'],
                        },
                    },
                }
            }
        },
    }
}
"""For `openapi_extra`."""


def _header(description: str, example: str, **schema: Any) -> dict[str, Any]:
    return {
        "description": description,
        "required": True,
        "schema": {"type": "string", **schema},
        "example": example,
    }


_ETAG = {"ETag": _header("Names the content.", '"XrY7u+Ae7tCTyyK7j1rNww=="', pattern='^"[^"]*"$')}
_HEADERS = {
    **_ETAG,
    "Accept-Ranges": _header("Ranges are in bytes.", "bytes", enum=["bytes"]),
    "Content-Disposition": _header(
        "The file's name; in UTF-8 where it has other characters than a token.",
        "attachment; filename=invoice.pdf",
        pattern="^attachment; filename",
    ),
}
_RANGE = _header("Which bytes of how many.", "bytes 0-7/285901", pattern="^bytes [0-9]+-[0-9]+/")
_BYTES = {"schema": {"type": "string", "format": "binary"}}
# It is of any type; generators take the first, and some know no range of types.
_CONTENT = {"application/octet-stream": _BYTES, "*/*": _BYTES}

DOWNLOADED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The content.", "headers": _HEADERS, "content": _CONTENT},
    206: {
        "description": "The range that was asked for.",
        "headers": {**_HEADERS, "Content-Range": _RANGE},
        "content": _CONTENT,
    },
    304: {
        "description": "The client has the content: `If-None-Match` names its `ETag`.",
        "headers": _ETAG,
    },
}
"""For `responses`."""


def _condition(name: str, description: str, example: str) -> dict[str, Any]:
    schema = {"type": "string"}
    about = {"name": name, "in": "header", "description": description}
    return {**about, "required": False, "schema": schema, "example": example}


CONDITIONS: dict[str, Any] = {
    "parameters": [
        _condition("Range", "The bytes that are wanted; one range.", "bytes=0-1023"),
        _condition("If-Range", "Ignore `Range` unless this is the file's `ETag`.", '"XrY7u+Ae"'),
        _condition("If-Match", "Answer only if the file's `ETag` is one of these.", "*"),
        _condition("If-None-Match", "Answer only if the file's `ETag` is none of these.", '"XrY7"'),
    ]
}
"""For `openapi_extra`."""
