"""Hands the server to a test suite: in the process, over ASGI, or as pytest fixtures.

The pytest plugin is imported by every run of pytest where this package is installed, so nothing
is imported here before somebody asks for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alfred_mock.control_client import ControlError as ControlError
    from alfred_mock.testing.clock import CompanyClock as CompanyClock
    from alfred_mock.testing.company import Company as Company
    from alfred_mock.testing.errors import StartError as StartError
    from alfred_mock.testing.events import Event as Event
    from alfred_mock.testing.faults import Fault as Fault
    from alfred_mock.testing.journal import Request as Request
    from alfred_mock.testing.server import AlfredMock as AlfredMock
    from alfred_mock.testing.server import AlfredServer as AlfredServer
    from alfred_mock.testing.webhook import ReceivedEvent as ReceivedEvent
    from alfred_mock.testing.webhook import Webhook as Webhook

_HOMES = {
    "AlfredMock": ".server",
    "AlfredServer": ".server",
    "Company": ".company",
    "CompanyClock": ".clock",
    "ControlError": "..control_client",
    "Event": ".events",
    "Fault": ".faults",
    "ReceivedEvent": ".webhook",
    "Request": ".journal",
    "StartError": ".errors",
    "Webhook": ".webhook",
}

__all__ = [
    "AlfredMock",
    "AlfredServer",
    "Company",
    "CompanyClock",
    "ControlError",
    "Event",
    "Fault",
    "ReceivedEvent",
    "Request",
    "StartError",
    "Webhook",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
