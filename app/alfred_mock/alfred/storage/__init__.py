"""Where the content of files is kept: in the database, or in a directory or object store."""

from alfred_mock.alfred.storage.database import DatabaseStorage
from alfred_mock.core.settings import Settings
from alfred_mock.core.storage import Storage
from alfred_mock.database import Database


def storage_for(settings: Settings, database: Database) -> Storage:
    """The storage, not opened yet, that the setting `storage` names."""
    if settings.storage == "database":
        return DatabaseStorage(database)
    from alfred_mock.alfred.storage.objects import ObjectStorage

    return ObjectStorage(settings.storage)
