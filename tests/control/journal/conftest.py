"""The journal of the application under test."""

import pytest

from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.main import Application


@pytest.fixture
def queue(app: Application) -> JournalQueue:
    """Where the application puts the requests that it has captured."""
    return app.control.recorder
