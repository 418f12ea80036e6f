"""The tester's side of a running server, and how it is put around the imitated API."""

from functools import partial
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from alfred_mock.control.access import Gate
from alfred_mock.control.clocks import load_clocks
from alfred_mock.control.faults.middleware import FaultMiddleware
from alfred_mock.control.faults.store import ActiveRules
from alfred_mock.control.journal.deliveries import Deliveries
from alfred_mock.control.journal.middleware import JournalMiddleware
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.playback import Playback, read_playback
from alfred_mock.core.services import Services
from alfred_mock.core.settings import JournalMode
from alfred_mock.events.wiring import Events

if TYPE_CHECKING:
    from alfred_mock.control.pact.states import State


class Control:
    """The parts of the tester's side that last as long as the server.

    Faults and clocks are in the database. Each process keeps a copy, so that a request costs no
    query for them, and loads it again after every announcement.
    """

    def __init__(self, services: Services, events: Events, metrics: ASGIApp | None = None) -> None:
        """`metrics` answers `GET /metrics` to those who may use the control API.

        Raises:
            Refusal: there is no recording in the folder that `playback` names.
        """
        folder = services.settings.playback
        self._played = read_playback(folder) if folder is not None else {}
        self._metrics = metrics if services.settings.metrics else None
        self.recorder = JournalQueue(services.database, services.settings, services.meter)
        if services.settings.with_journal is not JournalMode.OFF:
            events.sender.witness = Deliveries(self.recorder, services.settings).record
        self._events = events
        self._services = services
        self._rules = ActiveRules(services.database)
        self._own_states: list[State] = []
        self.journal: JournalMiddleware | None = None
        """What `around` puts around the API to keep its requests, None where it is off."""
        self._loaders = (partial(load_clocks, services), self._rules.load)
        for load in self._loaders:
            services.database.on_announcement(load)

    async def open(self) -> None:
        """Load faults, clocks and the tester's own Pact states; the schema must be at head.

        Raises:
            Refusal: the file of these states is not as it should be.
        """
        path = self._services.settings.pact_states
        if path is not None:
            # States take long to import: only for a start that has some of its own.
            from alfred_mock.control.pact.catalogue import KNOWN_STATES
            from alfred_mock.control.pact.own_states import read_own_states
            from alfred_mock.control.pact.states import Catalogue

            self._own_states = [*read_own_states(path, Catalogue(KNOWN_STATES))]
        for load in self._loaders:
            await load()

    async def close(self) -> None:
        """Store the rest of the journal; to be awaited before the database is closed."""
        await self.recorder.close()

    def around(self, app: ASGIApp) -> ASGIApp:
        """The API with faults and the journal around it, and the control API beside it."""
        settings = self._services.settings
        if self._played:
            app = Playback(app, self._played)
        app = FaultMiddleware(app, self._rules, self._services)
        if settings.with_journal is not JournalMode.OFF:
            app = self.journal = JournalMiddleware(app, self.recorder, self._services)
        return Gate(
            app,
            control=self._api,
            console=self._console,
            metrics=self._metrics,
            settings=settings,
            database=self._services.database,
            clock=self._services.clock,
        )

    @property
    def plays_back(self) -> bool:
        """Whether there are recorded answers, which come before those of the API."""
        return bool(self._played)

    @property
    def has_faults(self) -> bool:
        """Whether a rule may want a request."""
        return bool(self._rules.rules)

    def _api(self) -> ASGIApp:
        # Imported when it is first called: most servers start without it.
        from alfred_mock.control.api import control_app

        return control_app(self._services, self.recorder, self._events, self._own_states)

    def _console(self, control: ASGIApp) -> ASGIApp:
        from alfred_mock.control.console.application import console_app

        return console_app(self._services, self.recorder, self._events, control)
