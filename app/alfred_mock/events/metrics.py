"""What is counted of events: those that were recorded, and those that somebody was told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.core.meter import NO_METER, Counter, Meter
from alfred_mock.database import Database

if TYPE_CHECKING:
    from alfred_mock.events.fields import Happening

_STAGES = {
    "job_create": Stage.QUEUED.value,
    "job_failed": Stage.FAILED.value,
    "job_invalid": Stage.INVALID.value,
}
"""What an event says of the stage of its job, where it does not name it."""
_KNOWN = frozenset(stage.value for stage in Stage)


def count_recorded(meter: Meter, database: Database) -> None:
    """Count the events that this process records, and the stages that they tell."""
    if meter is NO_METER:
        return
    recorded = meter.counter("events_recorded", "Events that were recorded.", "event")
    stages = meter.counter(
        "job_stages_reached",
        "Stages that jobs have come to, as far as events tell them.",
        "stage",
    )

    def count(happenings: "Sequence[Happening]") -> None:
        for told in happenings:
            recorded.add(told.name)
            stage = _STAGES.get(told.name)
            if told.name == "job_stage_update":
                stage = told.fields["stage"]
            # A tester may have an event tell any stage, and any other JSON in its place.
            if isinstance(stage, str) and stage in _KNOWN:
                stages.add(stage)

    database.on_tally(count)


def told_counter(meter: Meter) -> Counter:
    """Counts events that a receiver was told, by their name and by the kind of receiver."""
    return meter.counter(
        "events_told",
        "Events that a receiver was told: a webhook that has acknowledged, or a realtime client.",
        *("event", "receiver"),
    )
