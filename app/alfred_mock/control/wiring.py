"""The tester's side of a running server: what it holds, and how it is put around the API."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.types import ASGIApp

from alfred_mock.control.access import Gate
from alfred_mock.control.faults.middleware import Faults
from alfred_mock.control.journal.middleware import JournalMiddleware
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.state import ControlState
from alfred_mock.core.services import Services
from alfred_mock.core.settings import JournalMode


@dataclass(frozen=True, slots=True)
class Control:
    """What the control API's endpoints can ask for besides the services."""

    services: Services
    state: ControlState
    recorder: JournalQueue

    @classmethod
    def over(cls, services: Services) -> "Control":
        """The tester's side of a server with these services."""
        state = ControlState(services.database, services.clock)
        return cls(services, state, JournalQueue(services.database, services.settings))

    def around(self, app: ASGIApp) -> ASGIApp:
        """The API as testers have bent it, journalled, with the control API beside it."""
        settings = self.services.settings
        app = Faults(app, self.state, self.services)
        if settings.with_journal is not JournalMode.OFF:
            app = JournalMiddleware(app, self.recorder, self.services)
        return Gate(app, control=self._api, settings=settings, database=self.services.database)

    def _api(self) -> ASGIApp:
        from alfred_mock.control.api import control_app

        return control_app(self)


async def _control(request: Request) -> Control:
    return cast(Control, request.app.state.control)


ControlDep = Annotated[Control, Depends(_control)]
