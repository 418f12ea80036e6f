"""The marker `alfred`: settings, seed and checks for one test."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

NAME = "alfred"
HELP = (
    f"{NAME}(seed=..., fail_on_unused_faults=..., fail_on_refusals=..., expected_refusals=...,"
    " **settings): settings of the server, seed of the company and checks of alfred-mock for"
    " this test."
)


@dataclass(frozen=True)
class Marked:
    """What the markers of a test say, the nearest first; None is what they do not say."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: Mapping[str, Any] | None = None
    fail_on_unused_faults: bool | None = None
    fail_on_refusals: bool | None = None
    expected_refusals: Collection[int] = ()


_OWN = [name for name in Marked.__dataclass_fields__ if name != "settings"]


def marked(item: pytest.Item) -> Marked:
    """The markers of a test, its class and its module together.

    Fails the test if one of them is not understood.
    """
    given: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers(NAME))):
        if marker.args:
            _refuse(f"takes arguments by name only, such as seed=..., not {marker.args[0]!r}")
        given.update(marker.kwargs)
    own = {name: given.pop(name) for name in _OWN if name in given}
    if not isinstance(own.get("seed", {}), Mapping):
        _refuse(
            "has a seed that is no mapping; it is the company's. That of the server is for"
            " the fixture alfred_settings"
        )
    if given:
        _check_names(given)
    return Marked(settings=given, **own)


def _check_names(settings: Mapping[str, Any]) -> None:
    from alfred_mock.testing.errors import StartError
    from alfred_mock.testing.settings import refuse_unknown

    try:
        refuse_unknown(settings, also=[*_OWN, "from_environment"])
    except StartError as error:
        _refuse(f"is not understood: {error}")


def _refuse(problem: str) -> None:
    pytest.fail(f"the marker {NAME} {problem}", pytrace=False)
