"""The journal of an application, as its endpoints ask for it."""

from typing import Annotated, cast

from fastapi import Depends, Request

from alfred_mock.control.journal.recorder import Recorder

JournalQueue = Recorder


async def _journal(request: Request) -> JournalQueue:
    return cast(JournalQueue, request.app.state.journal)


JournalDep = Annotated[JournalQueue, Depends(_journal)]
