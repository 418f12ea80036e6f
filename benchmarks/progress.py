"""What is going on, told on stderr, so that stdout holds the results alone."""

import sys
import time

_STARTED = time.monotonic()


def say(text: str) -> None:
    """Tell the one who waits what happens now."""
    print(f"[{time.monotonic() - _STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)
