"""Content for remote files that are not really fetched.

By default the server never opens a connection for a caller, yet an uploaded file must have
content. The stand-in names the file that it replaces, and opens as the type that the name
promises. The same name gives the same bytes everywhere (our choice).
"""

import base64
import json
import mimetypes
from functools import cache

UNKNOWN_TYPE = "application/octet-stream"

# Types on which the versions of Python do not agree, or which some of them do not know.
_MORE_TYPES = {
    ".7z": "application/x-7z-compressed",
    ".bmp": "image/bmp",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gz": "application/gzip",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".msg": "application/vnd.ms-outlook",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rtf": "application/rtf",
    ".tgz": "application/gzip",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}

# Fixed bytes, because compressors differ between machines.
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def content_type_of(name: str) -> str:
    """The media type that a file's name promises."""
    return _types().get(_suffix_of(name), UNKNOWN_TYPE)


@cache
def _types() -> dict[str, str]:
    return mimetypes.MimeTypes().types_map[True] | _MORE_TYPES


def stand_in(name: str) -> bytes:
    """What stands in for the file of this name."""
    match _suffix_of(name):
        case ".pdf":
            return _pdf(name)
        case ".png":
            return _PNG
        case ".json":
            return json.dumps({"file_name": name}).encode()
    return f"This stands in for the file {name}\n".encode(errors="replace")


def _suffix_of(name: str) -> str:
    _, dot, suffix = name.rpartition(".")
    return f"{dot}{suffix}".lower()


def _pdf(name: str) -> bytes:
    """One page in A4 that shows the name, small enough to fit on a line."""
    size = max(4, min(18, 800 // len(name)))
    drawing = b"BT /F1 %d Tf 56 760 Td (%b) Tj ET" % (size, _pdf_text(name))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
        b" /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
    ]
    written = bytearray(b"%PDF-1.4\n")
    # Each entry of the table must have 20 bytes, with the blank before the end of the line.
    table = [b"0000000000 65535 f \n"]
    for number, content in enumerate(objects, 1):
        table.append(b"%010d 00000 n \n" % len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    trailer = b"xref\n0 %d\n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(written) + trailer % (len(table), b"".join(table), len(table), len(written))


def _pdf_text(text: str) -> bytes:
    shown = "".join(character if character.isprintable() else "?" for character in text)
    encoded = shown.encode("latin-1", errors="replace")
    for special in (b"\\", b"(", b")"):
        encoded = encoded.replace(special, b"\\" + special)
    return encoded
