"""What a state is: its sentences, its parameters, and what a setup of it does."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.control.pact.sentences import Sentence, nearest, words_of
from alfred_mock.control.pact.setups import Setup
from alfred_mock.core.errors import BadRequest, NotFound
from alfred_mock.core.validation import in_plain_words, place_of, what_is_known

Values = dict[str, str | int | float]
"""What a setup answers: names that a contract's generators read, with texts and numbers."""
Given = Mapping[str, Any]
"""Parameters as a contract gives them."""

Model = TypeVar("Model", bound="Parameters")


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


FromText = BeforeValidator(_parsed)
"""Of a list or an object: in a query, and in a sentence, it is the text of JSON."""


class Parameters(BaseModel):
    """The parameters of a state; those that are null are not given.

    A number may be text, as it is in a sentence and in a query, and a text may be a number.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        for name in given:
            if name not in cls.model_fields:
                said = unknown(name, cls.model_fields)
                raise PydanticCustomError("unknown", "{said}", {"said": said})
        return {name: value for name, value in given.items() if value is not None}


def unknown(name: str, known: Iterable[str]) -> str:
    """What is said of a parameter that a state does not have."""
    shown = name[:200]
    known = list(known)
    if not known:
        return f"Parameter '{shown}' is not known: this state has none."
    near = what_is_known(name, known, "'")
    return f"Parameter '{shown}' is not known; {near}."


class State(Protocol):
    """A state that a contract can name."""

    @property
    def sentences(self) -> Iterable[Sentence]:
        """What it is called; the first is its name."""

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters."""

    @property
    def returns(self) -> list[str]:
        """The names that its answer has beside those of the company."""

    def check(self, given: Given) -> Any:
        """The parameters, ready for `make`.

        Raises:
            BadRequest: one of them is not known, or not what it should be.
        """

    async def make(self, setup: Setup, checked: Any) -> Values:
        """Bring the state about."""


@dataclass(frozen=True)
class KnownState:
    """A state that the server knows by itself."""

    sentences: tuple[Sentence, ...]
    kind: type[Parameters]
    returns: list[str]
    _make: Callable[[Setup, Any], Awaitable[Values]]

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters."""
        return list(self.kind.model_fields)

    def check(self, given: Given) -> Parameters:
        """The parameters, as `State` says."""
        return checked(self.kind, given)

    async def make(self, setup: Setup, checked: Any) -> Values:
        """Bring the state about."""
        return await self._make(setup, checked)


def checked(kind: type[Model], given: Given) -> Model:
    """Parameters of a kind.

    Raises:
        BadRequest: one of them is not known, or not what it should be; names all that are wrong.
    """
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        raise BadRequest(" ".join(_said(dict(item)) for item in error.errors())) from None


def _said(error: dict[str, Any]) -> str:
    if error["type"] == "unknown":
        return str(error["msg"])
    place = place_of(error)
    return f"Parameter '{place}' {in_plain_words(error)}." if place else f"{error['msg']}."


def state(
    *sentences: str, kind: type[Model], returns: str = ""
) -> Callable[[Callable[[Setup, Model], Awaitable[Values]]], KnownState]:
    """Makes a function that brings a state about into that state."""

    def made(function: Callable[[Setup, Model], Awaitable[Values]]) -> KnownState:
        known = tuple(Sentence(text) for text in sentences)
        return KnownState(known, kind, returns.split(), function)

    return made


class Found(NamedTuple):
    """The state that a sentence stands for, and the values that are in the sentence."""

    state: State
    given: dict[str, str]


class Catalogue:
    """The states that a server knows; their sentences are a contract with its users."""

    def __init__(self, states: Iterable[State]) -> None:
        self.states = list(states)

    def find(self, text: str) -> Found:
        """The state that a contract's sentence stands for.

        Raises:
            NotFound: there is none; names the nearest sentence.
        """
        words = words_of(text)
        for known in self.states:
            for sentence in known.sentences:
                given = sentence.fit(words)
                if given is not None:
                    return Found(known, given)
        near = nearest(text, (each for known in self.states for each in known.sentences))
        raise NotFound(f"There is no state '{text[:200]}'; the nearest is '{near.text}'.")


def together(in_sentence: Given, parameters: Given) -> dict[str, Any]:
    """The values of a sentence and the parameters beside it.

    Raises:
        BadRequest: one of them is given in both places, with another value.
    """
    for name, value in in_sentence.items():
        beside = parameters.get(name)
        if beside is not None and f"{beside}" != value:
            raise BadRequest(f"Parameter '{name}' is not what the sentence says.")
    return {**parameters, **in_sentence}
