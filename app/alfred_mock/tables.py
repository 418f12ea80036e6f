"""Every table there is: importing this module fills `metadata` with all of them, for Alembic."""

from sqlmodel import SQLModel

import alfred_mock.alfred.tables
import alfred_mock.auth.tables
import alfred_mock.control.tables
import alfred_mock.events.tables  # noqa: F401

metadata = SQLModel.metadata
