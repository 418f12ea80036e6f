"""What stands beneath the report of a test that has failed."""

from alfred_mock.control_client import ControlError
from alfred_mock.testing.company import Company
from alfred_mock.testing.errors import StartError
from alfred_mock.testing.journal import SHOWN, listing
from alfred_mock.testing.server import AlfredServer
from alfred_mock.testing.strays import paragraph


def requests_of(company: Company) -> str:
    """What the company has asked, and what was asked without its credentials."""
    try:
        return "\n".join([listing(company.requests()), *paragraph(company.strays())])
    except ControlError as error:
        return f"unknown: {error}"


def log_of(server: AlfredServer) -> str:
    """The last lines of the server's log, empty if there are none."""
    try:
        return "\n".join(server.log.splitlines()[-SHOWN:])
    except (OSError, StartError) as error:
        return f"unknown: {error}"
