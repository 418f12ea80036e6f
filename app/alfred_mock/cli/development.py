"""`alfred-mock serve --dev`: the seed is loaded again whenever its file changes."""

import logging
import threading
from pathlib import Path
from urllib.parse import urlsplit

from alfred_mock.cli.seed_files import read_seed_file
from alfred_mock.control_client import UNIX, ControlClient, ControlError, local_url
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings

log = logging.getLogger("alfred_mock")

POLL_SECONDS = 0.5

_Version = tuple[int, int, int] | None


class SeedWatch:
    """Looks at the file of the seed now and then, from a thread of its own."""

    def __init__(self, path: Path, admin_token: str | None) -> None:
        """What the file holds now is what the server loads by itself."""
        self._path = path
        self._admin_token = admin_token
        self._loaded = self._version()
        self._ended = threading.Event()

    def begin(self, url: str) -> None:
        """Begin, for the server that listens there."""
        if not url.startswith(UNIX):
            parts = urlsplit(url)
            url = local_url(parts.hostname or "", parts.port or 80)
        client = ControlClient(url, self._admin_token)
        threading.Thread(target=self._watch, args=[client], name="seed", daemon=True).start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def _watch(self, client: ControlClient) -> None:
        seen = self._loaded
        while not self._ended.wait(POLL_SECONDS):
            now = self._version()
            # What is still being written is different again the next time.
            if now == seen and now != self._loaded:
                self._loaded = now
                self._load(client)
            seen = now

    def _version(self) -> _Version:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _load(self, client: ControlClient) -> None:
        try:
            companies = load_again(client, self._path)
        except (Refusal, ControlError) as problem:
            log.error("the seed is not loaded, and the one before stays: %s", problem)
        else:
            log.info("%s is loaded again: %s", self._path, ", ".join(companies) or "no companies")


def load_again(client: ControlClient, path: Path) -> list[str]:
    """Load a seed, and bring its companies to what it says; returns their names.

    Faults, journals and clocks stay as they are, and so do companies that the seed does not name.

    Raises:
        Refusal: the file holds no seed.
        ControlError: the server does not take it, and has what it had; or cannot be reached.
    """
    stored = client.call("PUT", "seed", body=read_seed_file(path))["companies"]
    for company in stored:
        client.call("POST", "reset", body={"company": company["id"], "only": ["state"]})
    return [str(company["name"]) for company in stored]


def watch_for(settings: Settings) -> SeedWatch | None:
    """What watches the seed of a server with these settings, None if it has no seed.

    Raises:
        Refusal: there is no way to load it into the running server.
    """
    if settings.seed is None:
        return None
    if not settings.with_admin:
        raise Refusal(
            "--dev loads the seed again by the control API, which is off, since"
            f" {settings.why_admin_needs_token}: set ALFRED_MOCK_ADMIN_TOKEN"
        )
    return SeedWatch(settings.seed, settings.admin_token)
