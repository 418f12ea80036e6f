"""The official Python client, `alfred-python`: how to call it."""

from typing import Any, Protocol

import pytest

from tests.support import API_KEY, HMAC_ID, HMAC_KEY, PASSWORD, USER_NAME

WITH_KEY = {"api_key": API_KEY}
WITH_PASSWORD = {"oauth": {"username": USER_NAME, "password": PASSWORD}}
# What the client calls `secret_key` is the public id, and its `api_key` is the shared secret.
WITH_HMAC = {"hmac": {"secret_key": HMAC_ID, "api_key": HMAC_KEY}}

BY_KEY = pytest.param(WITH_KEY, "API Key 1", id="api-key")
BY_PASSWORD = pytest.param(WITH_PASSWORD, USER_NAME, id="oauth")
BY_HMAC = pytest.param(WITH_HMAC, "HMAC Key 1", id="hmac")
CREDENTIALS = ("credentials", "user_name")

# The client calls it on every answer; Python deprecates it since 3.12.
ignore_utcfromtimestamp = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp")


class Connect(Protocol):
    """Makes a client of a served instance, of the shared one unless told another's URL."""

    def __call__(self, credentials: dict[str, Any], url: str | None = None) -> Any: ...
