"""The command line: `python -m benchmarks [WHAT]`, with QUICK=1 for a short run."""

import argparse
import signal
import sys

from benchmarks import (
    costs,
    events,
    large,
    lateness,
    machine,
    memory,
    plan,
    protocol,
    scale,
    sizing,
    soak,
    speed,
    start_ratios,
    workers,
)

_WORKS = {
    "speed": speed.run,
    "memory": memory.run,
    "scale": scale.run,
    "startup": start_ratios.run,
    "lateness": lateness.run,
    "events": events.run,
    "soak": soak.run,
    "large": large.run,
    "costs": costs.run,
    "sizing": sizing.run,
    "workers": workers.run,
    "protocol": protocol.run,
}


def main() -> int:
    """Run what the command line asks for; 1 if something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        default="speed",
        choices=_WORKS,
        help="speed: side by side with other mock servers; memory: before and after a million"
        " requests; scale: with ten million sessions; startup: beside a hello world of the same"
        " stack; lateness: events of 10,000 timed jobs; events: what they cost; soak: all kinds of"
        " calls for twenty minutes; large: what operations on 55,000 files do to others;"
        " costs: processor time, round trips and bytes of each call on PostgreSQL; sizing: what"
        " these come to; workers: processor time of one, two and four processes; protocol: what a"
        " request costs without its sockets",
    )
    what = parser.parse_args().what
    # Ended from outside, the run still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return 0 if _WORKS[what](plan.chosen(), machine.choose_cores()) else 1


if __name__ == "__main__":
    sys.exit(main())
