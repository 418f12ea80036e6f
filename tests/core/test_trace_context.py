"""W3C Trace Context, as its chapters 3.2.2 and 4.3 have it."""

import pytest

from alfred_mock.core.trace_context import TraceContext, parse_traceparent, trace_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize("text", [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"])
def test_a_traceparent_names_a_trace_and_a_span(text: str) -> None:
    assert parse_traceparent(text) == TraceContext(TRACE, SPAN)


@pytest.mark.parametrize("more", ["", "-", "-what-comes-later"])
def test_a_version_of_the_future_may_say_more(more: str) -> None:
    assert parse_traceparent(f"cc-{TRACE}-{SPAN}-01{more}") == TraceContext(TRACE, SPAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{TRACE}\n-{SPAN}-01",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_traceparent(text) is None


def test_of_several_headers_none_counts() -> None:
    header = b"traceparent", f"00-{TRACE}-{SPAN}-01".encode()
    assert trace_of({"headers": [header]}) == TraceContext(TRACE, SPAN)
    assert trace_of({"headers": [header, header]}) is None
    assert trace_of({"headers": []}) is None
