"""What is counted and measured while the server runs, whoever reads it.

Every part of the server may count through `Services.meter`. Where metrics are off, that is
`NO_METER`, which forgets everything at once; `telemetry.prometheus` has the one that remembers.
The words are OpenTelemetry's: a meter makes instruments, and a name makes the same one every time.
"""

from collections.abc import Callable
from typing import Literal, Protocol

Across = Literal["sum", "max", "each"]
"""What a gauge of several processes is: their sum, the largest, or one value for each of them."""


class Counter(Protocol):
    """A number that only grows."""

    def add(self, *labels: str, by: float = 1) -> None:
        """Count; `labels` are values in the order in which the names were declared.

        Each new combination is kept for good: never use what a client makes up.
        """


class Histogram(Protocol):
    """How values, such as seconds, are distributed."""

    def record(self, value: float, *labels: str) -> None:
        """Take a value; for `labels` see `Counter.add`."""


class Meter(Protocol):
    """Makes instruments. Names are without the prefix and the suffixes of what shows them."""

    def counter(self, name: str, description: str, *labels: str) -> Counter:
        """A counter, the same for the same name."""

    def histogram(self, name: str, description: str, *labels: str) -> Histogram:
        """A histogram of seconds, the same for the same name."""

    def gauge(
        self,
        name: str,
        description: str,
        read: Callable[[], float],
        *,
        across: Across = "sum",
        **labels: str,
    ) -> None:
        """Have `read` called whenever the value is wanted: it must be quick and must not wait."""


class _NoInstrument:
    def add(self, *labels: str, by: float = 1) -> None:
        """Nothing."""

    def record(self, value: float, *labels: str) -> None:
        """Nothing."""


class NoMeter:
    """Metrics that are off."""

    _none = _NoInstrument()

    def counter(self, name: str, description: str, *labels: str) -> Counter:
        """A counter that forgets."""
        return self._none

    def histogram(self, name: str, description: str, *labels: str) -> Histogram:
        """A histogram that forgets."""
        return self._none

    def gauge(
        self,
        name: str,
        description: str,
        read: Callable[[], float],
        *,
        across: Across = "sum",
        **labels: str,
    ) -> None:
        """Nothing is read."""


NO_METER = NoMeter()
