"""Listens with alfred-python for a test: `python realtime_client.py URL KEY CHANNEL...`.

Each thing that happens is a line of JSON: {"connected": transport}, {"channel": name, "data":
payload}, {"told": what the client gives to its error callback}. A line on stdin disconnects:
{"left": milliseconds}. When it is disconnected for good, it ends.
"""

import importlib
import json
import sys
import threading
import time
from typing import Any

try:
    importlib.import_module("magic")
except ImportError:  # a wheel that carries the library which the client needs
    importlib.import_module("pylibmagic")

from alfred.base import Configuration
from alfred.realtime import AlfredRealTimeClient

_one_at_a_time = threading.Lock()


def _say(**what: Any) -> None:
    with _one_at_a_time:
        print(json.dumps(what), flush=True)  # noqa: T201


def _saying(channel: str) -> Any:
    return lambda data: _say(channel=channel, data=data)


def _connected() -> None:
    threading.Thread(target=_say_transport, daemon=True).start()


def _say_transport() -> None:
    while client is None:  # it connects before it is made
        time.sleep(0.01)
    _say(connected=client.socket.transport())


client: Any = None
url, key, *channels = sys.argv[1:]
client = AlfredRealTimeClient(
    Configuration.v1({"realtime_url": url}),
    {"api_key": key or None},
    error_callback=lambda error: _say(told=error),
    on_connect=_connected,
)
client.on_job_event(_saying("job_event"))
client.on_file_event(_saying("file_event"))
for channel in channels:
    client.on(channel, _saying(channel))
threading.Thread(target=client.socket.wait, daemon=False).start()
if sys.stdin.readline():
    begun = time.monotonic()
    client.disconnect()
    _say(left=(time.monotonic() - begun) * 1_000)
