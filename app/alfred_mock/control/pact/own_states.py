"""Sentences of a tester's own, each made of states that the server knows.

They are in a file: each sentence has a list of states with their parameters. A place in the
sentence, such as `{number}`, may stand in the sentences and parameters of these.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, RootModel, ValidationError

from alfred_mock.control.body import ControlBody
from alfred_mock.control.pact.sentences import PLACE, Sentence, words_of
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import (
    Catalogue,
    Found,
    Given,
    State,
    Values,
    together,
    unknown,
)
from alfred_mock.control.seed.formats import read_file
from alfred_mock.core.errors import ApiError, BadRequest, Refusal
from alfred_mock.core.validation import hint, in_plain_words
from alfred_mock.core.values import ShortText


class Step(ControlBody):
    """A state that the server knows, and its parameters."""

    state: ShortText
    params: dict[str, Any] = Field({})


class _File(RootModel[dict[ShortText, list[Step]]]):
    """The content of such a file."""


@dataclass(frozen=True)
class OwnState:
    """A sentence that stands for several states, one after the other."""

    sentence: Sentence
    steps: tuple[Step, ...]
    catalogue: Catalogue

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Its only one."""
        return (self.sentence,)

    @property
    def parameters(self) -> list[str]:
        """The places of the sentence."""
        return self.sentence.places

    @property
    def returns(self) -> list[str]:
        """All that its steps return."""
        names = [name for step in self.steps for name in self._find(step, {}).state.returns]
        return list(dict.fromkeys(names))

    def check(self, given: Given) -> list[tuple[State, Any]]:
        """The states to bring about, with their parameters."""
        for name in given:
            if name not in self.parameters:
                raise BadRequest(unknown(name, self.parameters))
        for name in self.parameters:
            if given.get(name) is None:
                raise BadRequest(f"Parameter '{name}' is required.")
        checked = []
        for step in self.steps:
            found = self._find(step, given)
            parameters = together(found.given, _filled(step.params, given))
            checked.append((found.state, found.state.check(parameters)))
        return checked

    async def make(self, setup: Setup, checked: list[tuple[State, Any]]) -> Values:
        """Bring them about in their order."""
        values: Values = {}
        for state, parameters in checked:
            values |= await state.make(setup, parameters)
        return values

    def _find(self, step: Step, given: Given) -> Found:
        return self.catalogue.find(_filled(step.state, given))


def read_own_states(path: Path, catalogue: Catalogue) -> list[OwnState]:
    """The states in a .yaml, .json or .toml file.

    Raises:
        Refusal: the file cannot be read, or something in it is not as it should be; names the
            file, the sentence and the step.
    """
    try:
        content = read_file(path, "a file of states")
        own = _File.model_validate({} if content is None else content)
    except ValidationError as error:
        problems = [f"{path}: {_place(item['loc'])}: {in_plain_words(item)}" for item in _of(error)]
        raise Refusal("\n".join(problems)) from None
    states: list[OwnState] = []
    for text, steps in own.root.items():
        state = OwnState(Sentence(text), tuple(steps), catalogue)
        if _is_known([*catalogue.states, *states], text):
            raise Refusal(f"{path}: '{text}' is a state already")
        for number, step in enumerate(steps):
            try:
                _check(state, step)
            except ApiError as error:
                raise Refusal(f"{path}: {_place((text, number))}: {error.message}") from None
        states.append(state)
    return states


def _of(error: ValidationError) -> list[dict[str, Any]]:
    return [dict(item) for item in error.errors()]


def _place(location: Iterable[int | str]) -> str:
    sentence, *rest = location or ("document",)
    shown = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in rest)
    return f"'{sentence}'{shown}"


def _is_known(states: Iterable[State], text: str) -> bool:
    words = words_of(text)
    return any(sentence.fit(words) is not None for state in states for sentence in state.sentences)


def _check(state: OwnState, step: Step) -> None:
    """Refuse a step that could not be taken, whatever the values of the places are."""
    for name in {*_places_in(step.state), *_places_in(step.params)} - {*state.parameters}:
        if name not in _places_of(state.catalogue, step.state):
            near = hint(name, state.parameters)
            raise BadRequest(f"The sentence has no place {{{name}}}{near}.")
    found = state.catalogue.find(step.state)
    fixed = {name: value for name, value in step.params.items() if not [*_places_in(value)]}
    for name in step.params:
        if name not in found.state.parameters:
            found.state.check({name: None})
    if len(fixed) == len(step.params) and not [*_places_in(step.state)]:
        found.state.check(together(found.given, fixed))


def _places_of(catalogue: Catalogue, text: str) -> set[str]:
    """The places of the known sentence that are still open in a text."""
    return {*_places_in(text)} & {*catalogue.find(text).state.parameters}


def _places_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from PLACE.findall(value)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _places_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from _places_in(member)


def _filled(value: Any, given: Given) -> Any:
    """A value in which the places have their values; one that is only a place keeps its type."""
    if isinstance(value, str):
        only = PLACE.fullmatch(value)
        if only is not None and only[1] in given:
            return given[only[1]]
        return PLACE.sub(lambda place: f"{given.get(place[1], place[0])}", value)
    if isinstance(value, Mapping):
        return {name: _filled(member, given) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, given) for member in value]
    return value
