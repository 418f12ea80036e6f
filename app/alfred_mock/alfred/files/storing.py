"""From the settings to the place where the content of files is kept."""

from alfred_mock.alfred.files.content import DatabaseStorage
from alfred_mock.alfred.files.object_storage import ObjectStorage
from alfred_mock.core.database import Database
from alfred_mock.core.settings import Settings
from alfred_mock.core.storage import Storage


def storage_for(settings: Settings, database: Database) -> Storage:
    """The storage, not opened yet, that the setting `storage` names."""
    if settings.storage == "database":
        return DatabaseStorage(database)
    return ObjectStorage(settings.storage)
