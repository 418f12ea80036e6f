"""The command line: `python -m benchmarks.chaos`, with QUICK=1 for a short run."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.report import Report
from benchmarks.chaos.rounds import Plan, run
from benchmarks.postgres import postgres
from benchmarks.progress import say

_FULL = Plan(healthy_seconds=1.5, fault_seconds=6.0, timeout=2.0)
_QUICK = Plan(healthy_seconds=0.7, fault_seconds=2.2, timeout=1.5)


def main() -> int:
    """Let every fault happen, on each database; 1 if anything was lost that was acknowledged."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often each fault happens")
    parser.add_argument("--only", help="a part of the names of the faults that are to happen")
    asked = parser.parse_args()
    is_quick = bool(os.environ.get("QUICK"))
    chosen = [fault for fault in FAULTS if asked.only is None or asked.only in fault.name]
    report = Report(is_quick=is_quick or asked.only is not None)
    with tempfile.TemporaryDirectory(prefix="alfred-mock-chaos-") as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder) / "postgresql") as server:
            for number in range(asked.rounds):
                for fault in chosen:
                    for database in fault.databases:
                        say(f"round {number + 1} of {asked.rounds}: {fault.name}, {database}")
                        try:
                            outcome = run(
                                fault,
                                _QUICK if is_quick else _FULL,
                                server if database == "postgresql" else None,
                            )
                        except Exception as error:
                            report.failed(fault, database, repr(error))
                            say(f"failed: {error!r}")
                        else:
                            report.add(fault, database, outcome)
                            say(str(outcome))
                report.write()
    report.show()
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
