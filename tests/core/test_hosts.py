"""Which addresses are this machine's own; those of others are tested where files are fetched."""

import pytest

from alfred_mock.core.hosts import is_loopback


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("10.0.0.1", False),
        ("8.8.8.8", False),
        ("::", False),
        ("fe80::1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_which_addresses_are_loopback(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
