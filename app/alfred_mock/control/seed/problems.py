"""What can be wrong with a seed as a whole."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """Something that does not fit, and where."""

    place: tuple[int | str, ...]
    reason: str

    def within(self, *place: int | str) -> "Problem":
        """The same problem, seen from the whole of which its place is a part."""
        return Problem((*place, *self.place), self.reason)


def twice(values: Iterable[str]) -> list[str]:
    """Those that occur more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
