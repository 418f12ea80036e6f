"""The command line. What a command does not need, it does not import."""

import os
import sys

import click

from alfred_mock import __version__
from alfred_mock.cli.group import Home, LazyGroup
from alfred_mock.cli.statuses import REFUSED as EXIT_REFUSED

__all__ = ["EXIT_REFUSED", "main"]

_HOMES = {
    "serve": Home("serving", "Serve the API until Ctrl-C or SIGTERM."),
    "ready": Home("serving", "Ask a running server whether it is ready."),
    "open": Home("browser", "Open the console of a running server in a browser."),
    "company": Home("companies", "Make, list and remove companies."),
    "reset": Home("seeds", "Go back to the seed."),
    "seed": Home("seeds", "Show the present state as a seed, or load a seed."),
    "fail": Home("faults", "Make requests fail."),
    "faults": Home("faults", "List the faults, or clear them."),
    "requests": Home("journal", "List the requests that the server was sent."),
    "wait": Home("waiting", "Wait until a request was made, or an event told."),
    "clock": Home("clocks", "Show, set, freeze and advance the clock."),
    "session": Home("sessions", "List, show, make and change deferred sessions."),
    "job": Home("jobs", "List, show, advance and change jobs."),
    "file": Home("files", "List, show and change files."),
    "events": Home("events", "List the events that were told."),
    "emit": Home("events", "Tell an event although nothing has happened."),
    "webhook": Home("webhooks", "Show, set and remove webhooks, and make deliveries fail."),
    "deliveries": Home("webhooks", "List the attempts to deliver events."),
    "redeliver": Home("webhooks", "Deliver an event once more, at once."),
    "connections": Home("connections", "List the realtime connections, or drop them."),
    "credential": Home("credentials", "Take credentials and tokens away."),
    "example": Home("examples", "Print an example of a seed."),
    "migrate": Home("upkeep", "Bring the database's schema to head; servers may run meanwhile."),
    "reseal": Home("upkeep", "Seal all secrets in the database by the first secret key."),
    "prune": Home("upkeep", "Remove what the retention does not keep."),
    "openapi": Home("documents", "Print the OpenAPI document."),
    "fidelity": Home("documents", "Print what each behaviour of this double rests on."),
    "conformance": Home("comparing", "Compare a real Alfred with this double."),
    "record": Home("comparing", "Pass requests on to a real Alfred, and make a seed of it."),
    "completion": Home("completion", "Print what completes commands in a shell."),
}


@click.group(cls=LazyGroup, homes=_HOMES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="alfred-mock")
def main() -> None:
    """A reference server and test double for Tagshelf's Alfred API."""
    _open_standard_streams()


def _open_standard_streams() -> None:
    """Put nothing in the place of streams that were closed (`>&-`).

    The next file or socket to be opened would get their numbers, and be taken for them.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(opened, "w" if number else "r"))
