"""The section of the navigation with jobs, sessions and files."""

from alfred_mock.control.console.sections import Section
from alfred_mock.control.console.state import files, jobs, sessions
from alfred_mock.control.console.state.pages import JOBS, STATE

SECTION = Section("Jobs", JOBS, (*jobs.ROUTES, *sessions.ROUTES, *files.ROUTES), within=f"{STATE}/")
