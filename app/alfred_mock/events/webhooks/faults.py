"""What goes wrong, on purpose, when events are delivered to a webhook.

A company's faults are tried in their order: the first that is for an attempt, and is not exhausted,
decides. They are stored with the company, so that a seed can set them and replicas count together.
"""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.core.ids import derived_uuid
from alfred_mock.core.values import Whole

MOST_SECONDS = 600
MOST_COPIES = 10
MOST_FAULTS = 100
"""Of one company."""
EFFECTS = ("lost", "delay_s", "reordered", "copies", "foreign", "receiver_s", "status")

_Seconds = Annotated[float, Field(gt=0, le=MOST_SECONDS, allow_inf_nan=False)]


class DeliveryFault(BaseModel):
    """Which attempts to deliver an event, how many of them, and what happens to each."""

    model_config = ConfigDict(extra="forbid", strict=True)

    event: str = Field(
        "*",
        min_length=1,
        max_length=64,
        pattern=r"^[a-z_*?]+$",
        description="The names of the events, as a glob: `job_finished`, `file_*`.",
    )
    skip: Annotated[int, Field(ge=0, le=2**31 - 1), Whole] = Field(
        0, description="So many attempts are left alone first."
    )
    times: Annotated[int, Field(ge=1, le=2**31 - 1), Whole] | None = Field(
        None, description="Only so many times; always if it is absent."
    )
    lost: bool = Field(
        False, description="It is never sent, and counts as acknowledged: at least once is broken."
    )
    delay_s: _Seconds | None = Field(
        None, description="It is sent so many seconds later, and all events behind it wait."
    )
    reordered: bool = Field(
        False, description="It is sent after the company's next event, or after 5 seconds."
    )
    copies: Annotated[int, Field(ge=1, le=MOST_COPIES), Whole] | None = Field(
        None, description="It is sent so many times more, once acknowledged."
    )
    foreign: bool = Field(
        False, description="It says that it is another company's, in `company_id` and its name."
    )
    receiver_s: _Seconds | None = Field(
        None,
        description="The receiver seems to take so many seconds more to answer: beyond the time-out"
        " its acknowledgement is too late, and the event is sent again.",
    )
    status: Annotated[int, Field(ge=100, le=599), Whole] | None = Field(
        None, description="The receiver seems to answer with this status."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        asked = [name for name in EFFECTS if getattr(self, name)]
        if len(asked) != 1:
            raise PydanticCustomError(
                "fault", "must have exactly one effect: {effects}", {"effects": ", ".join(EFFECTS)}
            )
        return self

    def is_for(self, event_name: str) -> bool:
        """Whether it is for deliveries of events of this name."""
        return fnmatchcase(event_name, self.event)

    def summary(self) -> str:
        """The effect in a few words."""
        ((name, value),) = self.model_dump(include=set(EFFECTS), exclude_defaults=True).items()
        return f"{name}" if value is True else f"{name} {value:g}"


class CountedFault(DeliveryFault):
    """A fault, and the attempts that it has matched and changed."""

    id: str = ""
    seen: int = 0
    fired: int = 0

    @property
    def is_instead(self) -> bool:
        """Whether it keeps the attempt from being made, for now or for good."""
        return self.lost or self.reordered or self.delay_s is not None

    @property
    def remaining(self) -> int | None:
        """How often it still applies; None for always."""
        return None if self.times is None else max(0, self.times - self.fired)


_FAULTS = TypeAdapter(list[CountedFault])


def parse_faults(company_id: str, text: str) -> list[CountedFault]:
    """A company's faults from what is stored; those of a seed have no id yet."""
    faults = _FAULTS.validate_json(text)
    for position, fault in enumerate(faults):
        fault.id = fault.id or derived_uuid(company_id, "delivery fault", str(position))
    return faults


def dump_faults(faults: Iterable[CountedFault]) -> str:
    """What is stored of them."""
    shown: list[dict[str, Any]] = [fault.model_dump(exclude_defaults=True) for fault in faults]
    return json.dumps(shown, separators=(",", ":"))


def next_fault(faults: list[CountedFault], event_name: str) -> CountedFault | None:
    """The fault that an attempt meets, which is counted; None for none."""
    for fault in faults:
        if fault.remaining == 0 or not fault.is_for(event_name):
            continue
        fault.seen += 1
        if fault.seen <= fault.skip:
            continue
        fault.fired += 1
        return fault
    return None
