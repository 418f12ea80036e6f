"""The protocol and the fast path lean on insides of uvicorn: on those of these versions."""

import inspect

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

PROVEN = ("0.54.0",)
"""With these the tests of `tests/engine` pass. With a new one: run them, compare the two classes
with those of the last version, and add it here."""


def test_this_version_was_proven() -> None:
    assert uvicorn.__version__ in PROVEN, (
        f"uvicorn {uvicorn.__version__} is new: read `PROVEN` in {__file__}"
    )


@pytest.mark.parametrize(
    ("of", "names"),
    [
        (
            RequestResponseCycle.__init__,
            "scope transport flow logger access_logger access_log default_headers message_event"
            " expect_100_continue keep_alive on_response",
        ),
        (HttpToolsProtocol.__init__, "config server_state app_state _loop"),
        (HttpToolsProtocol._start_asgi_task, "cycle app"),
    ],
)
def test_what_is_called_takes_what_it_is_given(of: object, names: str) -> None:
    assert [*inspect.signature(of).parameters][1:] == names.split()  # type: ignore[arg-type]
