"""The tester's side of a running server, and how it is put around the imitated API."""

from functools import partial

from starlette.types import ASGIApp

from alfred_mock.control.access import Gate
from alfred_mock.control.clocks import load_clocks
from alfred_mock.control.faults.middleware import FaultMiddleware
from alfred_mock.control.faults.store import ActiveRules
from alfred_mock.control.journal.middleware import JournalMiddleware
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.services import Services
from alfred_mock.core.settings import JournalMode


class Control:
    """The parts of the tester's side that last as long as the server.

    Faults and clocks are in the database. Each process keeps a copy, so that a request costs no
    query for them, and loads it again after every announcement.
    """

    def __init__(self, services: Services, metrics: ASGIApp | None = None) -> None:
        """`metrics` answers `GET /metrics` to those who may use the control API."""
        self._metrics = metrics if services.settings.metrics else None
        self.recorder = JournalQueue(services.database, services.settings, services.meter)
        self._services = services
        self._rules = ActiveRules(services.database)
        self._loaders = (partial(load_clocks, services), self._rules.load)
        for load in self._loaders:
            services.database.on_announcement(load)

    async def open(self) -> None:
        """Load faults and clocks; the schema must be at head."""
        for load in self._loaders:
            await load()

    async def close(self) -> None:
        """Store the rest of the journal; to be awaited before the database is closed."""
        await self.recorder.close()

    def around(self, app: ASGIApp) -> ASGIApp:
        """The API with faults and the journal around it, and the control API beside it."""
        settings = self._services.settings
        app = FaultMiddleware(app, self._rules, self._services)
        if settings.with_journal is not JournalMode.OFF:
            app = JournalMiddleware(app, self.recorder, self._services)
        return Gate(
            app,
            control=self._api,
            metrics=self._metrics,
            settings=settings,
            database=self._services.database,
        )

    def _api(self) -> ASGIApp:
        # Imported when it is first called: most servers start without it.
        from alfred_mock.control.api import control_app

        return control_app(self._services, self.recorder)
