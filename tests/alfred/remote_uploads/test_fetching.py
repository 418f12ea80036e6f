"""Remote files are fetched from listed hosts at public addresses, within limits, or not at all."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest

from alfred_mock.alfred.remote_uploads import fetching
from alfred_mock.alfred.remote_uploads.fetching import (
    AT_ONCE,
    IN_MEMORY_BYTES,
    REDIRECTS,
    Failed,
    Fetched,
    NotFetched,
    fetch_all,
)
from alfred_mock.core.errors import Refusal
from alfred_mock.core.hosts import check_available, is_public
from alfred_mock.core.settings import Settings
from tests.certificates import certificate_for, client_trusting, server_with

pytestmark = pytest.mark.anyio

HERE = "127.0.0.1"
BIG = b"x" * (2 * IN_MEMORY_BYTES)


class Site:
    """A web server on loopback that answers what a test has put there."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.hangs: set[str] = set()
        """Paths whose answer never comes to its end."""
        self.busy = self.most_busy = 0
        self.crowd = 0
        """How many requests there must be before any is answered."""
        self.crowded, self.hanging = asyncio.Event(), asyncio.Event()

    def put(self, path: str, body: bytes = b"", status: str = "200 OK", *headers: str) -> None:
        sized = [f"Content-Length: {len(body)}", *headers]
        self.put_raw(path, status, sized, body)

    def put_raw(self, path: str, status: str, headers: Sequence[str], body: bytes) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""])
        self.answers[path] = head.encode() + body

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        if self.busy >= self.crowd:
            self.crowded.set()
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(request)
            await self.crowded.wait()
            path = request.split()[1]
            writer.write(self.answers.get(path, b""))
            await writer.drain()
            if path in self.hangs:
                self.hanging.set()
                await reader.read()
            else:
                if writer.can_write_eof():
                    writer.write_eof()
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.busy -= 1
            writer.close()


@asynccontextmanager
async def served(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.answer, HERE, 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as started:
        yield started


class WatchedFile(SpooledTemporaryFile[bytes]):
    """Says when it is complete: when it is put back to its beginning."""

    def __init__(self, max_size: int) -> None:
        super().__init__(max_size)
        self.complete = asyncio.Event()

    def seek(self, *arguments: int) -> int:
        self.complete.set()
        return super().seek(*arguments)


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[WatchedFile]]:
    """The temporary files that were made; all must be closed in the end, and not by accident."""
    made: list[WatchedFile] = []

    def make(max_size: int) -> WatchedFile:
        made.append(WatchedFile(max_size))
        return made[-1]

    monkeypatch.setattr(fetching, "SpooledTemporaryFile", make)
    yield made
    assert [file for file in made if not file.closed] == []


class Names:
    """A resolver that knows what a test tells it."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self._addresses = {name.replace("_", "."): found for name, found in addresses.items()}
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        self.asked.append((name, port))
        return self._addresses.get(name, ())


def settings_of(*hosts: str, **others: Any) -> Settings:
    chosen = {"fetch_private": True, "fetch_timeout": 60, **others}
    return Settings(_env_file=None, fetch_hosts=hosts, **chosen)


@contextmanager
def closing(results: Sequence[Fetched | NotFetched | Failed]) -> Iterator[None]:
    try:
        yield
    finally:
        for result in results:
            if isinstance(result, Fetched):
                result.close()


async def read(url: str, settings: Settings, **options: Any) -> bytes | str | None:
    """What one URL comes to: content, the reason of a failure, or nothing."""
    [result] = await fetch_all([url], settings, **options)
    match result:
        case Fetched():
            with closing([result]):
                content = result.content.read()
            assert result.size == len(content)
            assert result.content.closed
            return content
        case Failed():
            assert result.reason.endswith(".")
            return result.reason
    return None


async def test_a_listed_file_is_fetched(site: Site) -> None:
    site.put("/a?b=%20%2F", b"content", "200 OK", "Content-Type: Application/PDF; x=y")
    names = Names(files_test=[HERE])
    url = f"http://Files.TEST:{site.port}/a?b=%20%2F#c"
    results = await fetch_all([url], settings_of(f"FILES.test:{site.port}"), resolve=names)
    with closing(results):
        [result] = results
        assert isinstance(result, Fetched)
        assert (result.content.read(), result.size) == (b"content", 7)
        assert result.content_type == "application/pdf"
    [request] = site.requests
    assert f"Host: files.test:{site.port}\r\n" in request
    assert "Accept-Encoding: identity\r\n" in request
    assert names.asked == [("files.test", site.port)]


async def test_names_are_resolved_by_the_system_unless_told_otherwise(site: Site) -> None:
    site.put("/a", b"content")
    url = f"http://localhost:{site.port}/a"
    assert await read(url, settings_of(f"localhost:{site.port}")) == b"content"


async def test_a_type_that_is_not_told_or_makes_no_sense_is_none(site: Site) -> None:
    site.put("/untold")
    site.put("/senseless", b"", "200 OK", "Content-Type: a b/c")
    urls = [f"http://{HERE}:{site.port}/{path}" for path in ("untold", "senseless")]
    results = await fetch_all(urls, settings_of(f"{HERE}:{site.port}"))
    with closing(results):
        types = [result.content_type for result in results if isinstance(result, Fetched)]
    assert types == [None, None]


async def test_by_default_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    names = Names()
    check_available(settings_of())
    urls = ["http://files.test/a", "no URL"]
    assert await fetch_all(urls, settings_of(), resolve=names) == [NotFetched(), NotFetched()]
    assert names.asked == []


@pytest.mark.parametrize(
    ("entry", "url", "is_listed"),
    [
        ("files.test", "http://files.test/", True),
        ("files.test", "https://files.test/", True),
        ("files.test", "http://files.test:80/", True),
        ("files.test", "http://files.test:8080/", False),
        ("files.test", "http://sub.files.test/", False),
        ("files.test", "http://files.test.evil.test/", False),
        ("files.test", "http://evil.test/files.test", False),
        ("files.test", "http://files.test@evil.test/", False),
        ("files.test", "http://evil.test#@files.test/", False),
        ("files.test", r"http://evil.test\.files.test/", False),
        ("files.test:8080", "http://files.test:8080/", True),
        ("files.test:8080", "http://files.test/", False),
        ("files.test:80", "https://files.test/", False),
        ("*.files.test", "http://a.files.test/", True),
        ("*.files.test", "http://a.B.files.test/", True),
        ("*.files.test", "http://files.test/", False),
        ("*.files.test", "http://notfiles.test/", False),
        ("*.files.test", "http://a.files.test:8080/", False),
        ("*.files.test:8080", "http://a.files.test:8080/", True),
        ("bücher.test", "http://xn--bcher-kva.test/", True),
        ("[2001:DB8:0::1]", "http://[2001:db8::1]/", True),
        ("[::1]:8080", "http://[::1]:8080/", True),
        ("[::1]", "http://[::1]:8080/", False),
        (HERE, f"http://{HERE}/", True),
        (HERE, "http://2130706433/", False),
    ],
)
async def test_who_is_listed(entry: str, url: str, is_listed: bool) -> None:
    names = Names()
    settings = settings_of("other.test", entry)
    check_available(settings)
    reason = await read(url, settings, resolve=names)
    assert reason == ("The host's name cannot be resolved." if is_listed else None)
    assert len(names.asked) == is_listed


@pytest.mark.parametrize(
    "entry",
    [
        *("http://files.test", "files.test/a", "a@files.test", "files.test:0", "files.test:99999"),
        *("*", "*files.test", "a.*.test", "files.test:", "::1", "[no]", "a b", "[::1", "1.2.3.400"),
    ],
)
def test_an_entry_that_is_not_understood_stops_the_server(entry: str) -> None:
    with pytest.raises(Refusal, match=r"ALFRED_MOCK_FETCH_HOSTS: .* is not HOST"):
        check_available(settings_of(entry))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "begin with"),
        ("//files.test/a", "begin with"),
        ("ftp://files.test/a", "begin with"),
        ("file:///etc/passwd", "begin with"),
        ("http://", "malformed"),
        ("http:///a", "malformed"),
        ("http://[::1", "malformed"),
        ("http://files.test:99999/", "malformed"),
        ("http://files.test:0/", "malformed"),
        ("http://files.test:a/", "malformed"),
        ("http://files.test/\r\nA: b", "malformed"),
        (" http://files.test/", "begin with"),
        ("http://files.test/" + "a" * 70_000, "malformed"),
        ("http://user:secret@files.test/", "credentials"),
        ("http://user@files.test/", "credentials"),
    ],
)
async def test_a_url_that_cannot_be_fetched(url: str, said: str) -> None:
    names = Names(files_test=[HERE])
    reason = await read(url, settings_of("files.test"), resolve=names)
    assert isinstance(reason, str)
    assert said in reason
    assert "secret" not in reason
    assert names.asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        (HERE, False),
        ("0.0.0.0", False),  # noqa: S104
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("fc00::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize("addresses", [[HERE], ["8.8.8.8", HERE], ["2606:4700::1111", "::1"]])
async def test_one_address_that_is_private_is_one_too_many(addresses: list[str]) -> None:
    settings = settings_of("files.test", fetch_private=False)
    reason = await read("http://files.test/", settings, resolve=Names(files_test=addresses))
    assert reason == "The host's address is not a public one."


async def test_a_loopback_address_is_refused_by_default(site: Site) -> None:
    settings = Settings(_env_file=None, fetch_hosts=(f"{HERE}:{site.port}",))
    reason = await read(f"http://{HERE}:{site.port}/", settings)
    assert reason == "The host's address is not a public one."
    assert site.requests == []


@pytest.mark.parametrize("addresses", [["::1", HERE], [HERE, "::1"]])
async def test_the_next_address_is_tried_where_one_takes_no_connection(
    site: Site, addresses: list[str]
) -> None:
    site.put("/a", b"content")
    names = Names(files_test=addresses)
    url = f"http://files.test:{site.port}/a"
    assert await read(url, settings_of(f"*.test:{site.port}"), resolve=names) == b"content"
    assert len(names.asked) == 1


async def test_redirects_to_listed_hosts_are_followed(site: Site) -> None:
    names = Names(one_test=[HERE], two_test=[HERE])
    for number in range(REDIRECTS - 1):
        site.put(f"/{number}", b"no", "302 Found", f"Location: {number + 1}")
    target = f"//two.test:{site.port}/end"
    site.put(f"/{REDIRECTS - 1}", b"no", "308 Permanent Redirect", f"Location: {target}")
    site.put("/end", b"content")
    settings = settings_of(f"one.test:{site.port}", f"two.test:{site.port}")
    url = f"http://one.test:{site.port}/0"
    assert await read(url, settings, resolve=names) == b"content"
    assert f"Host: two.test:{site.port}\r\n" in site.requests[-1]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://elsewhere.test/", "not fetched from"),
        ("http://one.test:1/", "not fetched from"),
        ("/loop", "more than 5 times"),
        ("file:///etc/passwd", "begin with"),
        ("http://[::1", "malformed"),
        ("http://user:secret@two.test/", "credentials"),
        ("http://two.test/", "cannot be resolved"),
    ],
)
async def test_redirects_that_are_not_followed(site: Site, target: str, said: str) -> None:
    names = Names(one_test=[HERE], two_test=[])
    site.put("/loop", b"", "307 Temporary Redirect", f"Location: {target}")
    settings = settings_of(f"one.test:{site.port}", "two.test")
    reason = await read(f"http://one.test:{site.port}/loop", settings, resolve=names)
    assert isinstance(reason, str)
    assert said in reason
    assert "secret" not in reason
    assert len(site.requests) == (1 + REDIRECTS if target == "/loop" else 1)


@pytest.mark.parametrize("status", ["404 Not Found", "206 Partial Content", "302 Found"])
async def test_any_other_status_is_named(site: Site, status: str) -> None:
    site.put("/a", b"not the file", status)
    reason = await read(f"http://{HERE}:{site.port}/a", settings_of(f"{HERE}:{site.port}"))
    assert reason == f"The host answers with status {status[:3]}."


_CHUNKED = b"6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (["Content-Length: 11"], b""),
        ([], b"01234567890"),
        (["Transfer-Encoding: chunked"], _CHUNKED),
    ],
)
async def test_a_file_that_is_too_large(site: Site, headers: list[str], body: bytes) -> None:
    site.put_raw("/a", "200 OK", headers, body)
    url, host = f"http://{HERE}:{site.port}/a", f"{HERE}:{site.port}"
    assert await read(url, settings_of(host, max_upload=10)) == "It has more than 10 bytes."
    if body:
        assert await read(url, settings_of(host, max_upload=11)) == b"01234567890"


async def test_what_was_written_to_disk_before_a_failure_is_closed(site: Site) -> None:
    site.put_raw("/a", "200 OK", [], BIG)
    url, host = f"http://{HERE}:{site.port}/a", f"{HERE}:{site.port}"
    reason = await read(url, settings_of(host, max_upload=len(BIG) - 1))
    assert isinstance(reason, str)
    assert await read(url, settings_of(host)) == BIG


async def test_an_encoding_that_was_not_asked_for_is_refused(site: Site) -> None:
    site.put("/a", b"bomb", "200 OK", "Content-Encoding: gzip")
    reason = await read(f"http://{HERE}:{site.port}/a", settings_of(f"{HERE}:{site.port}"))
    assert reason == "The host answers with a Content-Encoding that was not asked for."


@pytest.mark.parametrize(
    ("headers", "body"),
    [(["Content-Length: 12"], b"not all"), (["Transfer-Encoding: chunked"], b"6\r\n0")],
)
async def test_a_file_that_ends_early(site: Site, headers: list[str], body: bytes) -> None:
    site.put_raw("/a", "200 OK", headers, body)
    reason = await read(f"http://{HERE}:{site.port}/a", settings_of(f"{HERE}:{site.port}"))
    assert isinstance(reason, str)
    assert reason.startswith("It cannot be fetched: ")


async def test_what_is_no_http(site: Site) -> None:
    site.answers["/a"] = b"SSH-2.0-server\r\n"
    reason = await read(f"http://{HERE}:{site.port}/a", settings_of(f"{HERE}:{site.port}"))
    assert isinstance(reason, str)
    assert reason.startswith("It cannot be fetched: ")


async def test_a_host_that_takes_no_connection() -> None:
    async with served() as site:
        pass
    reason = await read(f"http://{HERE}:{site.port}/a", settings_of(f"{HERE}:{site.port}"))
    assert isinstance(reason, str)
    assert reason.startswith("It cannot be fetched: ")


async def test_a_name_that_does_not_answer_in_time() -> None:
    async def never(name: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    settings = settings_of("files.test", fetch_timeout=0.05)
    reason = await read("http://files.test/", settings, resolve=never)
    assert reason == "It was not fetched within 0.05 seconds."


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n\r\n" + BIG])
async def test_what_is_not_there_in_time_fails_and_the_rest_does_not(
    site: Site, begun: bytes
) -> None:
    site.answers["/slow"] = begun
    site.hangs.add("/slow")
    site.put("/a", b"content")
    urls = [f"http://{HERE}:{site.port}/{path}" for path in ("slow", "a")]
    results = await fetch_all(urls, settings_of(f"{HERE}:{site.port}", fetch_timeout=2))
    with closing(results):
        assert results[0] == Failed("It was not fetched within 2 seconds.")
        assert isinstance(results[1], Fetched)


async def test_results_are_in_the_order_of_the_urls_and_few_are_fetched_at_once(
    site: Site,
) -> None:
    site.crowd = AT_ONCE
    expected: list[bytes | None] = []
    urls = []
    for number in range(3 * AT_ONCE):
        site.put(f"/{number}", b"%d" % number)
        urls += [f"http://{HERE}:{site.port}/{number}", "http://elsewhere.test/"]
        expected += [b"%d" % number, None]
    results = await fetch_all(urls, settings_of(f"{HERE}:{site.port}"))
    with closing(results):
        read = [
            result.content.read() if isinstance(result, Fetched) else None for result in results
        ]
    assert read == expected
    assert site.most_busy == AT_ONCE


async def test_no_file_stays_open_where_the_caller_goes_away(
    site: Site, files: list[WatchedFile]
) -> None:
    site.put("/big", BIG)
    site.hangs.add("/slow")
    urls = [f"http://{HERE}:{site.port}/{path}" for path in ("big", "slow")]
    under_way = asyncio.ensure_future(fetch_all(urls, settings_of(f"{HERE}:{site.port}")))
    await site.hanging.wait()
    await files[0].complete.wait()
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    assert [file.closed for file in files] == [True, True]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for("files.test", tmp_path_factory.mktemp("tls"))


async def test_a_certificate_must_be_for_the_name_and_not_for_the_address(
    certificate: Path,
) -> None:
    ours = server_with(certificate)
    seen: list[str | None] = []
    ours.sni_callback = lambda _socket, name, _context: seen.append(name)
    trusting = client_trusting(certificate)
    async with served(ours) as site:
        site.put("/a", b"content")
        names = Names(files_test=[HERE], other_test=[HERE])
        settings = settings_of(f"*.test:{site.port}")
        good, other = (f"https://{name}.test:{site.port}/a" for name in ("files", "other"))
        assert await read(good, settings, resolve=names, tls=trusting) == b"content"
        for url, tls in ((other, trusting), (good, None)):
            reason = await read(url, settings, resolve=names, tls=tls)
            assert isinstance(reason, str)
            assert "CERTIFICATE_VERIFY_FAILED" in reason
    assert seen == ["files.test", "other.test", "files.test"]
    assert len(site.requests) == 1
