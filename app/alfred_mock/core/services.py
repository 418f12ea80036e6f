"""The one object through which endpoints reach settings, time, database and so on."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from alfred_mock.core.clock import Clock
from alfred_mock.core.facts import Facts
from alfred_mock.core.forwarded import Forwarding
from alfred_mock.core.ids import Ids
from alfred_mock.core.meter import NO_METER, Meter
from alfred_mock.core.passwords import Passwords
from alfred_mock.core.rate_limits import RateLimiter
from alfred_mock.core.settings import Settings
from alfred_mock.core.storage import Storage
from alfred_mock.core.vault import Vault
from alfred_mock.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """The doors to the world outside: settings, time, identifiers, storage, network, metrics."""

    settings: Settings
    clock: Clock
    ids: Ids
    database: Database
    storage: Storage
    forwarding: Forwarding
    facts: Facts
    vault: Vault
    passwords: Passwords
    rate_limits: RateLimiter | None = None
    """None where limits are only announced."""
    meter: Meter = NO_METER


async def services(request: Request) -> Services:
    """The services of the application that this request came to."""
    return cast(Services, request.app.state.services)


ServicesDep = Annotated[Services, Depends(services)]
