"""A server of our own in the place of the real Alfred, with a recorder in front of it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import yaml

from alfred_mock.recording.command import recorder
from alfred_mock.recording.credentials import Credentials, HmacPair
from alfred_mock.recording.proxy import Recorder
from alfred_mock.recording.upstream import Upstream
from alfred_mock.recording.writing import SEED, texts_of
from alfred_mock.testing import AlfredMock, Company

SEED_OF_REAL: dict[str, Any] = {
    "tags": [
        {"name": "Contrato Secreto", "data_points": [{"name": "Partes", "value": "Ana Pérez"}]}
    ]
}


@dataclass
class Recording:
    """A recorder, a client of it, and the company that the client calls."""

    recorder: Recorder
    credentials: Credentials
    client: httpx.AsyncClient
    company: Company

    def texts(self, **options: bool) -> dict[str, str]:
        """The files as they would be written."""
        return texts_of(self.recorder.exchanges, self.recorder.results, **options)

    def seed(self, **options: bool) -> dict[str, Any]:
        """The one company of the seed."""
        (company,) = yaml.safe_load(self.texts(**options)[SEED])["companies"]
        found: dict[str, Any] = company
        return found


@pytest.fixture(scope="session")
def real() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture
def company(real: AlfredMock) -> Iterator[Company]:
    made = real.company("Acme Secreta S.A.", SEED_OF_REAL)
    yield made
    made.delete()


@pytest.fixture
async def recording(company: Company, real: AlfredMock) -> AsyncIterator[Recording]:
    async with recording_of(company, real) as made:
        yield made


@asynccontextmanager
async def recording_of(company: Company, real: AlfredMock) -> AsyncIterator[Recording]:
    """A recorder for what a company is asked."""
    upstream = Upstream(real.url)
    pair = HmacPair(company.hmac.id, company.hmac.key)
    credentials = Credentials(upstream.origin, pair)
    async with recorder(upstream, credentials) as made:
        transport = httpx.ASGITransport(app=made)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://recorder.test", headers=company.headers
        ) as client:
            yield Recording(made, credentials, client, company)
