"""Secrets that the server knows are masked wherever they are, whatever they are called.

What is named like a secret is masked by its name. But a client may put a key into a path, into a
parameter of any name or into a header of its own.
"""

import re
from typing import Any

from alfred_mock.auth.known_secrets import secrets_of
from alfred_mock.control.known_secrets import secrets_among
from alfred_mock.core.known_texts import spellings_of, without, words_of
from alfred_mock.core.vault import Vault
from alfred_mock.database import Database

_MOST_COMPANIES = 1_000
_LIKE_A_TOKEN = re.compile(r"(?<![\w.-])(?:[0-9a-f-]{36}\.)?[\w-]{43}(?![\w.-])", re.ASCII)
"""As `Ids.token` makes them, and the control tokens of companies."""
_COLUMNS = (
    "path",
    "query",
    "headers_json",
    "body",
    "response_headers_json",
    "response_body",
    "reason",
)


class KnownSecrets:
    """Masks what the database, or this server's settings, know to be a secret."""

    def __init__(self, database: Database, vault: Vault, admin_token: str | None) -> None:
        self._database = database
        self._vault = vault
        self._admin_token = admin_token
        self._of_companies: dict[str, list[str]] = {}
        database.on_announcement(self._forget)

    async def _forget(self) -> None:
        self._of_companies = {}

    async def hide(self, entry: dict[str, Any], presented: list[str]) -> None:
        """Mask the secrets in the columns of an entry of the journal.

        `presented` is what was sent as credentials: it is a secret even if nobody knows it.
        """
        whole = "\n".join([entry[name] for name in _COLUMNS if entry[name]])
        company_id = entry["company_id"]
        # Of a company that is known all is known but its tokens: only what looks like one is
        # looked for. Everything may be a secret of somebody who is not known, or of whom only
        # digests are stored.
        is_readable = company_id is not None and not self._vault.seals
        words = _LIKE_A_TOKEN.findall(whole) if is_readable else words_of(whole)
        secrets = [*presented, *await secrets_among(self._database, self._admin_token, words)]
        spellings = spellings_of(secrets)
        if company_id is not None:
            spellings += await self._of(company_id)
        found = [spelling for spelling in spellings if spelling in whole]
        for name in _COLUMNS if found else ():
            if entry[name]:
                entry[name] = without(entry[name], found)

    async def _of(self, company_id: str) -> list[str]:
        spellings = self._of_companies.get(company_id)
        if spellings is None:
            known = self._of_companies
            spellings = spellings_of(await secrets_of(self._database, self._vault, company_id))
            if len(known) >= _MOST_COMPANIES:
                known.clear()
            # An announcement in the meantime has replaced the dict.
            known[company_id] = spellings
        return spellings
