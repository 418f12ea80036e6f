"""What is said to two servers over sockets, and what they answer, to the byte."""

import re
import socket
from contextlib import suppress
from typing import NamedTuple

from tests.control.faults.serving import connect
from tests.support import API_KEY, HMAC_ID, UNKNOWN_ID

KEY = f"X-TagshelfAPI-Key: {API_KEY}\r\n"
HOST = "Host: alfred.test\r\n"
SESSION = "{session}"
"""Stands for the id of a session that the server has."""
_LAST = b"GET /api/tagshelf/status HTTP/1.1\r\nHost: alfred.test\r\nConnection: close\r\n\r\n"
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VARYING = (
    (re.compile(rb"\r\ndate: [^\r]+"), b"\r\ndate: -"),
    (re.compile(rb"\r\nx-ratelimit-reset: \d+"), b"\r\nx-ratelimit-reset: -"),
    (re.compile(rb"\r\nx-request-id: [0-9a-f]{8}-\d+"), b"\r\nx-request-id: -"),
)


class Said(NamedTuple):
    """Pieces that are sent one after the other, and how many answers are waited for."""

    pieces: tuple[str, ...]
    answers: int = 1
    with_body: bool = True
    """Whether the answers have a body: none has to HEAD."""


def get(path: str, *headers: str, version: str = "1.1", method: str = "GET") -> str:
    """A request without a body, with a key unless its own headers show who is calling."""
    own = "".join(f"{header}\r\n" for header in headers)
    key = "" if "uthorization:" in own or "API-Key:" in own else KEY
    host = "" if "Host:" in own else HOST
    return f"{method} {path} HTTP/{version}\r\n{host}{key}{own}\r\n"


DETAIL = f"/api/deferred/detail/{SESSION}"
PING = "/api/tagshelf/ping"
NOBODY = "X-TagshelfAPI-Key: nobody-has-this-key"
_CREATE = get("/api/deferred/create", method="POST")
_SLOWLY = get("/api/tagshelf/who-am-i")

SAID: dict[str, Said] = {
    "twice": Said((get(PING), get(PING)), 2),
    "create, twice": Said((_CREATE, _CREATE), 2),
    "create, no length": Said((_CREATE, get(DETAIL), _CREATE), 3),
    "create, length 0": Said((get("/api/deferred/create", "Content-Length: 0", method="POST"),)),
    "create, a body": Said(
        (get("/api/deferred/create", "Content-Length: 2", method="POST") + "{}", _CREATE), 2
    ),
    "create, a body in pieces": Said(
        (get("/api/deferred/create", "Content-Length: 4", method="POST"), "{ ", " }", _CREATE), 2
    ),
    "create, chunked": Said(
        (
            get("/api/deferred/create", "Transfer-Encoding: chunked", method="POST"),
            "2\r\n{}\r\n0\r\n\r\n" + _CREATE,
        ),
        2,
    ),
    "both lengths": Said(
        (get(PING, "Transfer-Encoding: chunked", "Content-Length: 3") + "0\r\n\r\n",)
    ),
    "two lengths": Said((get(PING, "Content-Length: 0", "Content-Length: 0"),)),
    "a body with GET": Said((get(PING, "Content-Length: 3") + "abc", get(PING)), 2),
    "multipart, empty": Said(
        (get(PING, "Content-Type: multipart/form-data; boundary=x", "Content-Length: 0"),)
    ),
    "pipelined": Said(("".join([get(DETAIL), _CREATE, get(PING), _CREATE, get(PING)]),), 5),
    "pipelined, then refused": Said((get(PING) + _CREATE + "nonsense\r\n\r\n",), 3),
    "pipelined, with bodies": Said(
        (get(PING, "Content-Length: 3") + "abc" + get(DETAIL) + _CREATE + get(PING),), 4
    ),
    "in pieces": Said((*_SLOWLY, *_SLOWLY), 2),
    "one and a half": Said((get(PING) + get(DETAIL)[:30], get(DETAIL)[30:]), 2),
    "close": Said((get(PING, "Connection: close"),)),
    "close, create": Said((get("/api/deferred/create", "Connection: close", method="POST"),)),
    "keep-alive": Said((get(PING, "Connection: Keep-Alive"), get(PING)), 2),
    "more options": Said((get(PING, "Connection: keep-alive, x"), get(PING)), 2),
    "proxy-connection": Said((get(PING, "Proxy-Connection: close"),)),
    "HTTP/1.0": Said((get(PING, version="1.0"),)),
    "HTTP/1.0, keep-alive": Said((get(PING, "Connection: keep-alive", version="1.0"),)),
    "HTTP/1.2": Said((get(PING, version="1.2"),)),
    "HTTP/9": Said((get(PING, version="9"),)),
    "HEAD": Said((get(PING, method="HEAD"),), with_body=False),
    "OPTIONS": Said((get(PING, method="OPTIONS"),)),
    "DELETE": Said((get(DETAIL, method="DELETE"),)),
    "lower case": Said((get(PING, method="get"),)),
    "no credentials": Said((get(PING, "Authorization:"), get(PING, "Authorization:")), 2),
    "unknown key": Said((get(DETAIL, NOBODY), get(DETAIL, NOBODY)), 2),
    "two keys": Said((get(PING, NOBODY, KEY.strip()), get(PING, KEY.strip(), NOBODY)), 2),
    "bearer": Said((get(PING, "Authorization: Bearer no-token"),)),
    "basic": Said((get(PING, "authorization: Basic eDp5"),)),
    "amx": Said((get(PING, f"Authorization: amx {HMAC_ID}:c2ln:nonce:1700000000"),)),
    "amx, malformed": Said((get(PING, "Authorization: amx x"),)),
    "unknown id": Said((get(f"/api/deferred/detail/{UNKNOWN_ID}"), get(DETAIL)), 2),
    "upper case id": Said((get(f"/api/deferred/detail/{UNKNOWN_ID.upper()}"),)),
    "no id": Said((get("/api/deferred/detail/x"), get("/api/deferred/detail/")), 2),
    "encoded": Said((get(PING.replace("g", "%67")), get(DETAIL.replace("d", "%64"))), 2),
    "encoded slash": Said((get(PING.replace("/", "%2F")),)),
    "not ASCII": Said((get(f"{PING}/\xe9"),)),
    "query": Said((get(f"{PING}?x=1"), get(f"{DETAIL}?"), get(f"{DETAIL}?a=%20")), 3),
    "fragment": Said((get(f"{PING}#x"),)),
    "absolute": Said((get(f"http://alfred.test{PING}"),)),
    "two slashes": Said((get(f"/{PING}"), get(f"{PING}/"), get(PING.replace("t/", "t//"))), 3),
    "asterisk": Said((get("*", method="OPTIONS"),)),
    "two spaces": Said((get(f" {PING}"),)),
    "lines before it": Said(("\r\n\r\n" + get(PING), get(PING)), 2),
    "a line after it": Said((get(PING) + "\r\n", get(PING)), 2),
    "bare line feeds": Said((get(PING).replace("\r\n", "\n"),)),
    "no Host": Said((get(PING).replace(HOST, ""),)),
    "two Hosts": Said((get(PING, "Host: a", "Host: b"),)),
    "no such Host": Said((get(PING, "Host: a/b"),)),
    "long Host": Said((get(PING, f"Host: {'a' * 400}"),)),
    "own id": Said((get(PING, "X-Request-ID: mine-1"), get(PING, "X-Request-ID: mine-2")), 2),
    "no such id": Said((get(PING, "X-Request-ID: <x>"), get(PING, "X-Request-ID: <x>")), 2),
    "two own ids": Said((get(PING, "X-Request-ID: <x>", "X-Request-ID: b", "X-Request-ID: c"),)),
    "trace": Said((get(PING, f"traceparent: 00-{'a' * 32}-{'b' * 16}-01"),)),
    "white space": Said((get(PING, "X-A:  \t b \t ", "X-B:"), get(PING, "X-A: b", "X-B: ")), 2),
    "folded": Said((get(PING, "X-A: b\r\n c"),)),
    "no colon": Said((get(PING, "nonsense"),)),
    "space before colon": Said((get(PING, "X-A : b"),)),
    "NUL": Said((get(PING, "X-A: \0"),)),
    "Latin-1": Said((get(PING, "X-A: \xe9"), get(PING, "X-A: \xe9")), 2),
    "expect": Said((get(PING, "Expect: 100-continue"),)),
    "upgrade": Said((get(PING, "Connection: upgrade", "Upgrade: h2c"), get(PING)), 2),
    "upgrade alone": Said((get(PING, "Upgrade: h2c"), get(PING)), 2),
    "fault": Said((get(PING, "X-Alfred-Mock-Fault: 503"), get(PING)), 2),
    "long head": Said((get(PING, f"X-A: {'a' * 20_000}"), get(PING)), 2),
    "too long a head": Said((get(PING, f"X-A: {'a' * 70_000}"),)),
    "many headers": Said((get(PING, *[f"X-{n}: {n}" for n in range(90)]),)),
    "encoding": Said((get(PING, "Accept-Encoding: gzip", "Content-Encoding: gzip"),)),
    "forwarded": Said((get("/api/file/detail/x", "X-Forwarded-For: 1.2.3.4"),)),
    "livez": Said((get("/livez"), get("/readyz")), 2),
    "control": Said((get("/__admin/faults"),)),
}


def hear(url: str, said: Said, session: str) -> bytes:
    """All that a server says, to what is said and to one more request after it."""
    with connect(url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        heard = b""
        waited = len(said.pieces) == said.answers
        with suppress(OSError):
            for piece in said.pieces:
                connection.sendall(piece.replace(SESSION, session).encode("latin-1"))
                if waited:
                    heard += _read(connection, 1, with_body=said.with_body)
            if not waited:
                heard += _read(connection, said.answers, with_body=said.with_body)
            connection.sendall(_LAST)
            while data := connection.recv(65_536):
                heard += data
        return heard


def _read(connection: socket.socket, answers: int, *, with_body: bool) -> bytes:
    """So many answers, or fewer where the server hangs up."""
    heard, rest = b"", b""
    for _ in range(answers):
        while b"\r\n\r\n" not in rest:
            data = connection.recv(65_536)
            if not data:
                return heard + rest
            rest += data
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        size = int(length[1]) if length and with_body else 0
        while len(rest) < size:
            data = connection.recv(65_536)
            if not data:
                break
            rest += data
        heard, rest = heard + head + b"\r\n\r\n" + rest[:size], rest[size:]
    return heard + rest


def normal(heard: bytes) -> bytes:
    """What was heard without what differs from server to server: times, and ids by their number."""
    ids: dict[bytes, bytes] = {}
    for pattern, replacement in _VARYING:
        heard = pattern.sub(replacement, heard)
    return _UUID.sub(lambda found: ids.setdefault(found[0], b"id-%024d" % len(ids)), heard)
