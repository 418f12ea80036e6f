"""Wire shapes of the calls about Pact states."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from alfred_mock.alfred.wire import Date
from alfred_mock.core.models import LateModel
from alfred_mock.core.values import Json


class StateCall(BaseModel):
    """What a verifier asks for; members that it does not need are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "state": "a deferred session with ID 0f767925-b464-4ffa-b621-1a0aeacad257 exists",
                "params": {"status": "open"},
                "action": "setup",
            }
        }
    )

    state: str = Field(
        max_length=65_536,
        description="A sentence of the catalogue; empty where a contract gives no state.",
    )
    params: dict[str, Json] | None = Field(None, description="The state's parameters.")
    action: Literal["setup", "teardown"] = "setup"


class StateShown(LateModel):
    """A state that the server knows."""

    model_config = ConfigDict(extra="forbid")

    state: str
    sentences: list[str] = Field(description="All that it is called; the first is its name.")
    params: list[str] = Field(description="The names of its parameters, all of them optional.")
    returns: list[str] = Field(description="What its setup answers beside the company's.")


class FailureShown(LateModel):
    """A call that failed."""

    model_config = ConfigDict(extra="forbid")

    at: Date
    state: str
    action: str | None = Field(description="Null where the call could not be read.")
    status: int
    message: str


class ScopeShown(LateModel):
    """A scope that was used."""

    model_config = ConfigDict(extra="forbid")

    scope: str
    company: str | None = Field(description="The id of its company; null is none at the moment.")
    adopted: bool = Field(description="Whether the company was there before, and so stays.")
    used: Date = Field(description="When the last call was about it; real time.")
    last_failure: FailureShown | None


class CatalogueShown(LateModel):
    """The states and the scopes."""

    model_config = ConfigDict(extra="forbid")

    company_returns: list[str] = Field(description="What every setup answers about the company.")
    states: list[StateShown]
    scopes: list[ScopeShown]
