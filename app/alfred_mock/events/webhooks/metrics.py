"""What is counted of deliveries."""

from alfred_mock.core.meter import Meter
from alfred_mock.events.metrics import told_counter
from alfred_mock.events.tables import DeliveryState

_RECEIVER = "webhook"


class WebhookMetrics:
    """Counts attempts by what became of them, and the events that were acknowledged."""

    def __init__(self, meter: Meter) -> None:
        self._attempts = meter.counter(
            "webhook_attempts",
            "Attempts to deliver an event: acknowledged, failed, failed for the last time"
            " (given_up), or lost by a fault in place of sending.",
            "outcome",
        )
        for state in DeliveryState:
            if state is not DeliveryState.PENDING:
                self._attempts.add(state.value, by=0)
        self._seconds = meter.histogram(
            "webhook_attempt_duration_seconds",
            "Seconds from the beginning of an attempt to the end of its answer.",
        )
        self._told = told_counter(meter)

    def attempted(self, event_name: str, outcome: str, seconds: float) -> None:
        """Count an attempt that was made; `outcome` is a state of deliveries."""
        self._attempts.add(outcome)
        self._seconds.record(seconds)
        if outcome == DeliveryState.ACKNOWLEDGED:
            self._told.add(event_name, _RECEIVER)

    def lost(self) -> None:
        """Count an event that a fault has lost."""
        self._attempts.add(DeliveryState.LOST)
