"""What is made of a document before the transaction that loads it, which must be quick."""

import asyncio
from typing import NamedTuple

from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.secrets import passwords_to_store
from alfred_mock.core.services import Services


class Prepared(NamedTuple):
    """A document, with what is stored of it as it is to be stored."""

    document: SeedDocument
    passwords: dict[str, str]
    """Those of the users, by user name."""
    given: list[str]
    """The JSON of each company."""
    seeds: list[str]
    """The same as it is stored for a reset: sealed where secrets are."""


async def prepare(services: Services, document: SeedDocument) -> Prepared:
    """Make ready what does not need the transaction."""
    passwords = await passwords_to_store(services, document)
    given, seeds = await asyncio.to_thread(_texts, services, document)
    return Prepared(document, passwords, given, seeds)


def _texts(services: Services, document: SeedDocument) -> tuple[list[str], list[str]]:
    given = document.as_given()
    seeds = [
        services.vault.seal(text, of=company.id)
        for company, text in zip(document.companies, given, strict=True)
    ]
    return given, seeds
