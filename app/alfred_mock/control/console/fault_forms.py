"""What the forms of faults ask for, as the body of a control call, and what is wrong with it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from alfred_mock.control.console.forms import json_of, number_of
from alfred_mock.control.faults.rules import FaultRule
from alfred_mock.control.request_match import path_problem
from alfred_mock.control.webhooks.schemas import FaultAsked
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.validation import in_plain_words

WHOLE = "whole"
"""Where problems are told that are of no single field."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Fields = Mapping[str, str]


class Wanted(NamedTuple):
    """The body of a call, and what is wrong with it by the names of the form's fields."""

    body: dict[str, Any]
    problems: dict[str, str]


class FaultForm(NamedTuple):
    """A form: its fields, the body that they make, and the schema that judges it."""

    fields: tuple[str, ...]
    read: Callable[[Fields, dict[str, str]], dict[str, Any]]
    schema: type[BaseModel]
    places: dict[tuple[str, ...], str]
    """Names of fields by their place in the body, where the two differ."""
    check: Callable[[dict[str, Any], dict[str, str]], None] = lambda body, problems: None

    def wanted(self, fields: Fields) -> Wanted:
        """What these fields ask for."""
        problems: dict[str, str] = {}
        body = self.read(fields, problems)
        try:
            self.schema.model_validate(body)
        except ValidationError as error:
            for found in error.errors():
                place = tuple(str(part) for part in found["loc"])
                name = self._field_at(place)
                said = in_plain_words(found)
                if name == WHOLE:
                    said = f"{' '.join(('the', *(place or ('fault',))))} {said}"
                problems.setdefault(name, _sentence(said))
        self.check(body, problems)
        return Wanted(body, problems)

    def _field_at(self, place: tuple[str, ...]) -> str:
        for length in range(len(place), 0, -1):
            name = self.places.get(place[:length])
            if name is not None:
                return name
            if place[length - 1] in self.fields:
                return place[length - 1]
        return WHOLE


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _lines(name: str, fields: Fields, problems: dict[str, str], mark: str) -> dict[str, str] | None:
    """Lines such as `Retry-After: 2`, with this mark in the middle."""
    found: dict[str, str] = {}
    for line in fields.get(name, "").splitlines():
        if not line.strip():
            continue
        key, is_pair, value = line.partition(mark)
        if not is_pair:
            problems[name] = f"Each line is a name, '{mark}' and a value."
        found[key.strip()] = value.strip()
    return found or None


def _numbers(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: number_of(fields[name]) for name in names if name in fields}


def _texts(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, {})}


def _read_fault(fields: Fields, problems: dict[str, str]) -> dict[str, Any]:
    match = _given(
        **_texts(fields, "method", "path"),
        query=_lines("query", fields, problems, "="),
        header=_lines("header", fields, problems, ":"),
    )
    effect = _given(
        **_numbers(fields, "status"),
        **_texts(fields, "message", "content", "content_base64", "content_type"),
        headers=_lines("headers", fields, problems, ":"),
        delay_ms=_delay(fields),
        **_numbers(fields, "drip_ms"),
        **_texts(fields, "body", "connection"),
        after=True if "after" in fields else None,
    )
    sequence = None
    if "sequence" in fields:
        try:
            sequence = json_of("sequence", fields["sequence"])
        except BadRequest as error:
            problems["sequence"] = error.message
    return _given(
        **_texts(fields, "company"),
        match=match,
        effect=effect,
        sequence=sequence,
        **_numbers(fields, "times", "every", "percentage"),
        **_texts(fields, "seed"),
    )


def _delay(fields: Fields) -> Any:
    drawn = {
        name: number_of(fields[f"delay_{name}"])
        for name in ("min", "max", "median", "sigma")
        if f"delay_{name}" in fields
    }
    return drawn or _numbers(fields, "delay_ms").get("delay_ms")


def _check_path(body: dict[str, Any], problems: dict[str, str]) -> None:
    path = body.get("match", {}).get("path")
    problem = path and path_problem(path)
    if problem:
        problems["path"] = _sentence(problem)


def _read_delivery_fault(fields: Fields, problems: dict[str, str]) -> dict[str, Any]:
    ticked = {name: True for name in ("lost", "reordered", "foreign") if name in fields}
    return {
        **_texts(fields, "company", "event"),
        **_numbers(fields, "skip", "times"),
        **ticked,
        **_numbers(fields, "delay_s", "copies", "receiver_s", "status"),
    }


_DRAWN: dict[tuple[str, ...], str] = {
    ("effect", "delay_ms", kind, name): f"delay_{name}"
    for kind, name in (
        ("uniform", "min"),
        ("uniform", "max"),
        ("lognormal", "median"),
        ("lognormal", "sigma"),
    )
}

FAULT = FaultForm(
    (
        *("company", "method", "path", "query", "header"),
        *("status", "message", "content", "content_base64", "content_type", "headers"),
        *("delay_ms", "delay_min", "delay_max", "delay_median", "delay_sigma", "drip_ms"),
        *("body", "connection", "after"),
        *("times", "every", "percentage", "seed", "sequence"),
    ),
    _read_fault,
    FaultRule,
    _DRAWN,
    _check_path,
)
DELIVERY_FAULT = FaultForm(
    (
        *("company", "event", "skip", "times"),
        *("lost", "reordered", "foreign", "delay_s", "copies", "receiver_s", "status"),
    ),
    _read_delivery_fault,
    FaultAsked,
    {},
)
