"""What endpoints of the control API can ask for besides the services."""

from typing import Annotated, cast

from fastapi import Depends, Request

from alfred_mock.control.journal.recorder import Recorder


async def _journal(request: Request) -> Recorder:
    return cast(Recorder, request.app.state.journal)


JournalDep = Annotated[Recorder, Depends(_journal)]
