"""What the pages about events have in common."""

from alfred_mock.control.browsers import CONSOLE

EVENTS = f"{CONSOLE}/events"
DELIVERIES, RECEIVERS = f"{EVENTS}/deliveries", f"{EVENTS}/receivers"
TABS = (("Events", EVENTS), ("Deliveries", DELIVERIES), ("Receivers", RECEIVERS))
CHANGED = "sse:changed throttle:200ms"
"""When a list asks for itself again."""
MOST = 100
"""So many are shown, the newest first."""
