"""The format of a seed document.

Everything is checked before anything is loaded: an unknown key, a bad value or an id given twice
refuses the whole document, naming the place in it.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from alfred_mock.auth.amx_signature import is_key
from alfred_mock.core.clock import Instant, from_wire
from alfred_mock.core.ids import parse_uuid


def _uuid(value: str) -> str:
    parsed = parse_uuid(value)
    if parsed is None:
        raise ValueError("must be a UUID")
    return parsed


def _instant(value: Any) -> Any:
    # YAML and TOML have dates of their own.
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    if not isinstance(value, str):
        raise ValueError("must be a date such as 2022-11-17T00:00:00.000")
    try:
        return from_wire(value)
    except ValueError:
        raise ValueError("must be a date such as 2022-11-17T00:00:00.000") from None


def _hmac_key(value: str) -> str:
    if not is_key(value):
        raise ValueError("must be base64")
    return value


Id = Annotated[str, AfterValidator(_uuid)]
Date = Annotated[Instant, BeforeValidator(_instant)]
Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
# What travels in a header must survive the trip.
HeaderText = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[!-~]+$")]
HmacId = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[!-9;-~]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class UserSeed(_Part):
    """Somebody who can log in at `POST /token`; user names are unique across companies."""

    user_name: Text
    password: Text
    name: Text | None = None
    last_name: Text | None = None


class KeySeed(_Part):
    """An API key; its name is the `user_name` of what is made with it."""

    key: HeaderText
    name: Text = "API Key 1"


class HmacSeed(_Part):
    """An HMAC pair: the id that is sent and the base64 key that signs."""

    id: HmacId
    key: Annotated[str, AfterValidator(_hmac_key)]
    name: Text = "HMAC Key 1"


class DeferredSessionSeed(_Part):
    """A deferred session in a given state."""

    id: Id
    creation_date: Date
    update_date: Date | None = Field(None, description="The creation date unless given.")
    status: Literal["open", "closed"] = "open"
    user_name: Text
    job_id: Id | None = None

    @model_validator(mode="after")
    def _closed_by_a_job(self) -> Self:
        if (self.status == "closed") != (self.job_id is not None):
            raise ValueError("a closed session has a job_id, an open one has none")
        return self


class CompanySeed(_Part):
    """A company and all that is its own."""

    id: Id
    name: Text
    users: list[UserSeed] = []
    api_keys: list[KeySeed] = []
    hmac: list[HmacSeed] = []
    deferred_sessions: list[DeferredSessionSeed] = []


def credentials_of(*companies: CompanySeed) -> set[str]:
    """The user names, API keys and HMAC ids of companies."""
    return {
        credential
        for company in companies
        for credential in (
            *(user.user_name for user in company.users),
            *(key.key for key in company.api_keys),
            *(pair.id for pair in company.hmac),
        )
    }


class SeedDocument(_Part):
    """The whole document."""

    companies: list[CompanySeed] = []

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        def of_each(part: str, key: str) -> Iterable[str]:
            return (
                getattr(item, key) for company in self.companies for item in getattr(company, part)
            )

        for what, values in {
            "company id": (company.id for company in self.companies),
            "user_name": of_each("users", "user_name"),
            "API key": of_each("api_keys", "key"),
            "HMAC id": of_each("hmac", "id"),
            "deferred session id": of_each("deferred_sessions", "id"),
        }.items():
            # An API key is a secret: say that there is a double one, not which.
            twice = [value for value, count in Counter(values).items() if count > 1]
            if twice:
                shown = "" if what == "API key" else f" {twice[0]}"
                raise ValueError(f"the {what}{shown} is given more than once")
        return self
