"""The section of the navigation with events, deliveries and receivers."""

from alfred_mock.control.console.events import deliveries, emit, receivers, told
from alfred_mock.control.console.events.pages import EVENTS
from alfred_mock.control.console.sections import Section

SECTION = Section(
    "Events",
    EVENTS,
    (*told.ROUTES, *emit.ROUTES, *deliveries.ROUTES, *receivers.ROUTES),
)
