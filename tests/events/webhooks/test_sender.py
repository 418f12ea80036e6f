"""Where webhooks may lead, and what a receiver may do."""

from pathlib import Path
from typing import Any

import pytest

from alfred_mock.core.clock import Clock
from alfred_mock.core.ids import Ids
from alfred_mock.core.outbound import Outbound
from alfred_mock.core.settings import Environment, Settings
from alfred_mock.events.webhooks.sender import ANSWER_BYTES, Exchange, Sender
from tests.certificates import certificate_for, client_trusting, server_with
from tests.events.webhooks.receivers import HERE, Names, answer, receiving

pytestmark = pytest.mark.anyio

COMPANY = "0f767925-b464-4ffa-b621-1a0aeacad257"
PUBLIC = "8.8.8.8"
PRIVATE = "10.0.0.1"
NOT_PUBLIC = "The host's address is not a public one."
NOT_SENT = "TimeoutError"


def settings_of(environment: str = "local", *hosts: str, **others: Any) -> Settings:
    return Settings(
        _env_file=None,
        environment=Environment(environment),
        webhook_hosts=hosts,
        **{"webhook_timeout": 5, **others},
    )


async def post(url: str, settings: Settings, outbound: Outbound | None = None) -> Exchange:
    sender = Sender(settings, Clock(), Ids(), outbound=outbound)
    return await sender.post(COMPANY, url, b"{}")


class Stops(Exception):
    """The connection would have been made."""


class Stopping(Outbound):
    """Stands at the door: all is judged before, and nothing goes out."""

    def answer(self, *arguments: Any, **named: Any) -> Any:
        raise Stops


async def reason_of(url: str, settings: Settings, **addresses: list[str]) -> str | None:
    """Why nothing would be sent; None where it would be."""
    try:
        exchange = await post(url, settings, Stopping(resolve=Names(**addresses)))
    except Stops:
        return None
    return exchange.error


NOT_LISTED = "The host is not listed in ALFRED_MOCK_WEBHOOK_HOSTS."
NOT_HTTPS = (
    "The URL does not begin with https://, and its host is neither loopback nor listed in"
    " ALFRED_MOCK_WEBHOOK_HOSTS."
)


@pytest.mark.parametrize(
    ("settings", "url", "addresses", "reason"),
    [
        (settings_of(), "https://a.test/", [PUBLIC], None),
        (settings_of(), "http://a.test/", [PUBLIC], NOT_HTTPS),
        (settings_of(), "http://a.test/", [HERE], None),
        (settings_of(), "http://a.test/", ["::1", HERE], None),
        (settings_of(), "http://a.test/", [HERE, PUBLIC], NOT_HTTPS),
        (settings_of(), "https://a.test/", [HERE], None),
        (settings_of(), "https://a.test/", [HERE, PUBLIC], NOT_PUBLIC),
        (settings_of(), "https://a.test/", [PRIVATE], NOT_PUBLIC),
        (settings_of("local", "a.test"), "http://a.test/", [PUBLIC], None),
        (settings_of("local", "a.test"), "http://a.test/", [PRIVATE], NOT_PUBLIC),
        (settings_of("local", "a.test"), "http://a.test:81/", [PUBLIC], NOT_HTTPS),
        (settings_of("local", "a.test", webhook_private=True), "http://a.test/", [PRIVATE], None),
        (settings_of(webhook_private=True), "https://a.test/", [PRIVATE], None),
        (settings_of(webhook_private=True), "http://a.test/", [PRIVATE], NOT_HTTPS),
        (settings_of("staging"), "https://a.test/", [PUBLIC], NOT_LISTED),
        (settings_of("staging"), "http://a.test/", [HERE], NOT_LISTED),
        (settings_of("staging", "a.test"), "https://a.test/", [PUBLIC], None),
        (settings_of("staging", "a.test"), "http://a.test/", [PUBLIC], None),
        (settings_of("staging", "a.test"), "http://a.test/", [HERE], NOT_PUBLIC),
        (settings_of("staging", "a.test", webhook_private=True), "http://a.test/", [HERE], None),
        (settings_of("staging", "*.test"), "https://a.test/", [PUBLIC], None),
        (settings_of(), "https://a.test/", [], "The host's name cannot be resolved."),
        (settings_of(), "https://u:p@a.test/", [PUBLIC], "The URL has credentials in it."),
        (settings_of(), "https://a.test:0/", [PUBLIC], "The URL is malformed."),
    ],
)
async def test_where_a_webhook_may_lead(
    settings: Settings, url: str, addresses: list[str], reason: str | None
) -> None:
    assert await reason_of(url, settings, a_test=addresses) == reason


async def test_a_host_that_is_not_listed_is_not_even_looked_up() -> None:
    names = Names(a_test=[PUBLIC])
    await post("https://a.test/", settings_of("staging"), Stopping(resolve=names))
    assert names.asked == []


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with receiving() as receiver:
        exchange = await post(receiver.url, settings_of())
    assert exchange.is_acknowledged


async def test_a_redirect_is_no_acknowledgement_and_is_not_followed() -> None:
    async with receiving() as target:
        moved = answer(307, b"", f"Location: {target.url}")
        async with receiving(lambda _: moved) as receiver:
            exchange = await post(receiver.url, settings_of())
        assert target.posted == []
    assert not exchange.is_acknowledged
    assert exchange.problem == "The receiver answered with status 307."


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_acknowledges(status: int) -> None:
    async with receiving(lambda _: answer(status)) as receiver:
        exchange = await post(receiver.url, settings_of())
    assert (exchange.is_acknowledged, exchange.problem) == (True, None)


async def test_a_status_without_its_whole_body_still_acknowledges() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nhalf"
    async with receiving(lambda _: half) as receiver:
        exchange = await post(receiver.url, settings_of())
    assert (exchange.status, exchange.answer, exchange.is_acknowledged) == (200, b"half", True)


async def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 2 * ANSWER_BYTES
    async with receiving(lambda _: endless) as receiver:
        exchange = await post(receiver.url, settings_of())
    assert exchange.answer == b"x" * ANSWER_BYTES
    assert exchange.error is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for("hook.test", tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(
    ("name", "is_trusted", "is_taken"),
    [("hook.test", True, True), ("hook.test", False, False), ("other.test", True, False)],
)
async def test_certificates_are_checked(
    certificate: Path, name: str, is_trusted: bool, is_taken: bool
) -> None:
    async with receiving(tls=server_with(certificate)) as receiver:
        names = Names(hook_test=[HERE], other_test=[HERE])
        outbound = Outbound(resolve=names, tls=client_trusting(certificate) if is_trusted else None)
        url = f"https://{name}:{receiver.port}/hook"
        exchange = await post(url, settings_of(), outbound)
        assert len(receiver.posted) == is_taken
    assert exchange.is_acknowledged is is_taken
    assert is_taken or "CERTIFICATE_VERIFY_FAILED" in str(exchange.error)
