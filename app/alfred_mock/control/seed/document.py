"""The format of a seed document, and how one is read from a file or from a request's body.

The whole document is checked before anything of it is loaded. An unknown key, a bad value, an id
that is given twice or a name that stands for nothing: each is refused with its place.
"""

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any, Self, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.control.seed.checks import Problem, problems_of
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.formats import read_file
from alfred_mock.control.seed.part import SeedPart
from alfred_mock.core.errors import Refusal
from alfred_mock.core.garbage import let_go
from alfred_mock.core.validation import message_of, what_is_known

_INCONSISTENT = "inconsistent"
"""The type of the error that has all problems of a document in its context, as `problems`."""


class SeedDocument(SeedPart):
    """The whole document."""

    companies: list[CompanySeed] = Field([])

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = list(problems_of(self.companies))
        if problems:
            reasons = "; ".join(problem.reason for problem in problems)
            raise PydanticCustomError(
                _INCONSISTENT, "{reasons}", {"reasons": reasons, "problems": problems}
            )
        return self

    @property
    def credentials(self) -> set[str]:
        """The user names, API keys and HMAC ids that it gives."""
        return {given.unique_value for company in self.companies for given in company.credentials}

    def let_go(self) -> None:
        """Free what may be very much, on a thread; the document is of no more use."""
        for company in self.companies:
            for key in _LONG:
                let_go(getattr(company, key))

    def as_given(self) -> list[str]:
        """The JSON of each company, in the format that it came in.

        A missing key stays missing: for the tag of a rule that differs from null. It is made item
        by item: other threads get no turn in the middle of one.
        """
        return [_given(company) for company in self.companies]


_LONG = ("deferred_sessions", "jobs", "files")


def _given(company: CompanySeed) -> str:
    members = [
        _compact(company.model_dump(mode="json", exclude_unset=True, exclude={*_LONG}))[1:-1]
    ]
    for key in _LONG:
        if key in company.model_fields_set:
            items = [
                _compact(item.model_dump(mode="json", exclude_unset=True))
                for item in getattr(company, key)
            ]
            members.append(f'"{key}":[{",".join(items)}]')
    return "{" + ",".join(members) + "}"


def _compact(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"))


def read_seed(path: Path) -> SeedDocument:
    """The document in a .yaml, .json or .toml file.

    Raises:
        Refusal: the file cannot be read, or something in it is not as it should be; names the
            file, the place in the document and the reason.
    """
    return parse_seed(read_file(path, "a seed"), source=str(path))


def parse_seed(content: Any, *, source: str) -> SeedDocument:
    """The document that a parsed file, or a request's body, holds.

    Raises:
        Refusal: as for `read_seed`.
    """
    try:
        return SeedDocument.model_validate({} if content is None else content)
    except ValidationError as error:
        problems = chain.from_iterable(_problems(dict(item)) for item in error.errors())
        raise refusal(source, problems) from None


def refusal(source: str, problems: Iterable[Problem]) -> Refusal:
    """The refusal that names problems, each with its place in the document."""
    return Refusal("\n".join(f"{source}: {_shown(at)}: {reason}" for at, reason in problems))


def _shown(place: tuple[int | str, ...]) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return text.removeprefix(".") or "document"


def _problems(error: dict[str, Any]) -> list[Problem]:
    if error["type"] == _INCONSISTENT:
        found: list[Problem] = error["ctx"]["problems"]
        return found
    # What is wrong with a key of an object is located at "[key]" within that key.
    place = tuple(key for key in error["loc"] if key != "[key]")
    message = message_of(error)
    if error["type"] == "extra_forbidden":
        known = _part_at(place).model_fields
        message = f"there is no such key; {what_is_known(str(place[-1]), known)}"
    elif error["type"] == "invalid_key":
        # YAML reads `on`, `yes` and `no` as true and false.
        place, message = place[:-1], f"the key {error['input']} must be text (put it in quotes)"
    elif error["type"] == "string_type":
        message = "must be text (put it in quotes)"
    return [Problem(place, message)]


def _part_at(place: tuple[int | str, ...]) -> type[BaseModel]:
    """The part of the format in which the last key of a place was looked for."""
    part: type[BaseModel] = SeedDocument
    for key in place[:-1]:
        if isinstance(key, str):
            annotation: Any = part.model_fields[key].annotation
            # From `list[Part] | None` to Part; pydantic refuses an unknown key in a part only.
            while get_args(annotation):
                annotation = get_args(annotation)[0]
            part = annotation
    return part
