"""What stands for ids, names and links in what is written: the same for the same, each time.

A recording has a salt of its own, which is written nowhere. So nobody can tell whether an id that
they know is in it.
"""

import re
from collections import defaultdict

from alfred_mock.core.ids import Ids, derived_uuid

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}")
LINK = "https://recording.invalid/{}"


class StandIns:
    """Stand-ins of one recording."""

    def __init__(self, salt: str | None = None) -> None:
        self._salt = salt or Ids().token()
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = defaultdict(int)

    def id(self, text: str) -> str:
        """For an id; in upper case if that is."""
        made = derived_uuid(self._salt, text.lower())
        return made.upper() if text != text.lower() else made

    def ids_in(self, text: str) -> str:
        """A text in which each id is replaced."""
        return UUID.sub(lambda found: self.id(found[0]), text)

    def name(self, kind: str, text: str) -> str:
        """For a name, as `user-1`."""
        if not text:
            return text
        made = self._names.get((kind, text))
        if made is None:
            self._counts[kind] += 1
            made = self._names[kind, text] = f"{kind}-{self._counts[kind]}"
        return made

    def file_name(self, text: str) -> str:
        """For the name of a file, which keeps its ending: rules go by that."""
        stem, dot, ending = text.rpartition(".")
        if stem and _ENDING.fullmatch(dot + ending):
            return f"{self.name('file', stem)}.{ending}"
        return self.name("file", text)

    def link(self, text: str) -> str:
        """For a URL."""
        return LINK.format(self.name("link", text)) if text else text
