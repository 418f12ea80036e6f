"""The tester's side of a running server: what it holds, and how it is put around the API."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.types import ASGIApp

from alfred_mock.control.access import Gate
from alfred_mock.control.faults.middleware import Faults
from alfred_mock.control.journal.recorder import Recorder
from alfred_mock.control.journal.recording import Journal
from alfred_mock.control.state import ControlState
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Journal as Keeps


@dataclass(frozen=True, slots=True)
class Control:
    """What the control API's endpoints can ask for besides the services."""

    services: Services
    state: ControlState
    recorder: Recorder

    @classmethod
    def over(cls, services: Services) -> "Control":
        """The tester's side of a server with these services."""
        state = ControlState(services.database, services.clock)
        return cls(services, state, Recorder(services))

    def around(self, app: ASGIApp) -> ASGIApp:
        """The API as testers have bent it, journalled, with the control API beside it."""
        settings = self.services.settings
        app = Faults(app, self.state, self.services)
        if settings.with_journal is not Keeps.OFF:
            app = Journal(app, self.recorder)
        return Gate(app, control=self._api, settings=settings, database=self.services.database)

    def _api(self) -> ASGIApp:
        from alfred_mock.control.api import control_app

        return control_app(self)


async def _control(request: Request) -> Control:
    return cast(Control, request.app.state.control)


ControlDep = Annotated[Control, Depends(_control)]
