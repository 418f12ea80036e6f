"""Fetches remote files from the hosts that the setting `fetch_hosts` lists, and from no others.

A server that fetches every URL of its callers is a way into its own network. So a host must be
listed, and a listed name is not enough: every address that it resolves to is checked, and so is
every target of a redirect (our choice).
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from alfred_mock.core.hosts import Failure, entries_of, is_listed, is_public, parse_url
from alfred_mock.core.outbound import Outbound, Resolver
from alfred_mock.core.settings import Settings

if TYPE_CHECKING:
    import httpx

AT_ONCE = 10
REDIRECTS = 5
IN_MEMORY_BYTES = 1_048_576
"""A file goes to disk beyond this."""

_CHUNK = 65_536
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched; the caller closes it."""

    content: BinaryIO
    """A temporary file, at its beginning."""
    content_type: str | None
    """The media type without parameters, if the host has sent one."""
    size: int

    def close(self) -> None:
        """Let go of the content."""
        self.content.close()


@dataclass(frozen=True)
class NotFetched:
    """A file whose host is not listed: it gets stand-in content."""


@dataclass(frozen=True)
class Failed:
    """A file that should have been fetched, and was not."""

    reason: str
    """A sentence, without the URL, which may hold a secret."""


async def fetch_all(
    urls: Sequence[str],
    settings: Settings,
    *,
    resolve: Resolver | None = None,
    tls: ssl.SSLContext | None = None,
) -> list[Fetched | NotFetched | Failed]:
    """The result for each URL, in the same order.

    Unless given, `resolve` is the system's resolver, and `tls` has the well-known authorities.
    """
    if not settings.fetch_hosts:
        return [NotFetched() for _ in urls]
    fetcher = _Fetcher(settings, Outbound(resolve=resolve, tls=tls))
    tasks: list[asyncio.Task[Fetched | NotFetched | Failed]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(fetcher.fetch(url)) for url in urls]
    except BaseException:
        for task in tasks:
            if not task.cancelled() and not task.exception():
                _close(task.result())
        raise
    return [task.result() for task in tasks]


class _Fetcher:
    """Fetches the files of one upload, which share their time."""

    def __init__(self, settings: Settings, outbound: Outbound) -> None:
        self._settings = settings
        self._entries = entries_of("fetch_hosts", settings.fetch_hosts)
        self._outbound = outbound
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._deadline = asyncio.get_running_loop().time() + settings.fetch_timeout

    async def fetch(self, url: str) -> Fetched | NotFetched | Failed:
        import httpx

        try:
            parsed = parse_url(url)
            if not is_listed(self._entries, parsed):
                return NotFetched()
            with ExitStack() as undone:
                spooled = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
                undone.callback(spooled.close)
                content = cast(BinaryIO, spooled)
                async with asyncio.timeout_at(self._deadline), self._turn:
                    content_type = await self._follow(parsed, content)
                size = content.tell()
                content.seek(0)
                undone.pop_all()
            return Fetched(content, content_type, size)
        except Failure as failure:
            return Failed(str(failure))
        except TimeoutError:
            return Failed(f"It was not fetched within {self._settings.fetch_timeout:g} seconds.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            why = str(error).rstrip(".") or type(error).__name__
            return Failed(f"It cannot be fetched: {why}.")

    async def _follow(self, url: "httpx.URL", content: BinaryIO) -> str | None:
        """Write the content that the URL leads to in the end; its media type."""
        for _ in range(1 + REDIRECTS):
            async with self._answer(url) as answer:
                if not answer.has_redirect_location:
                    return await self._receive(answer, content)
                url = parse_url(answer.headers["Location"], base=url)
            if not is_listed(self._entries, url):
                raise Failure("It is redirected to a host that files are not fetched from.")
        raise Failure(f"It is redirected more than {REDIRECTS} times.")

    @asynccontextmanager
    async def _answer(self, url: "httpx.URL") -> "AsyncIterator[httpx.Response]":
        addresses = await self._outbound.addresses(url)
        if not self._settings.fetch_private and not all(map(is_public, addresses)):
            raise Failure("The host's address is not a public one.")
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        seconds = self._settings.fetch_timeout
        async with self._outbound.answer(
            "GET", url, addresses, headers=headers, seconds=seconds
        ) as answer:
            yield answer

    async def _receive(self, answer: "httpx.Response", content: BinaryIO) -> str | None:
        if answer.status_code != 200:
            raise Failure(f"The host answers with status {answer.status_code}.")
        # Encoded content is refused: a small answer could expand without bounds.
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise Failure("The host answers with a Content-Encoding that was not asked for.")
        limit = self._settings.max_upload
        too_large = Failure(f"It has more than {limit} bytes.")
        declared = answer.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise too_large
        async for chunk in answer.aiter_raw(_CHUNK):
            if content.tell() + len(chunk) > limit:
                raise too_large
            # Not in a thread, which would go on after a cancellation and write to a closed file.
            content.write(chunk)
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return media_type if _MEDIA_TYPE.fullmatch(media_type) else None


def _close(result: Fetched | NotFetched | Failed) -> None:
    if isinstance(result, Fetched):
        result.close()
