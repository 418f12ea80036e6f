"""The collector is left as it was found."""

import gc

import pytest

from alfred_mock.core.garbage import no_collection


def test_nothing_is_collected_inside_and_all_is_as_before_outside() -> None:
    assert gc.isenabled()
    with no_collection():
        assert not gc.isenabled()
        with no_collection():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_switches_it_on_again() -> None:
    with pytest.raises(ZeroDivisionError), no_collection():
        _ = 1 / 0
    assert gc.isenabled()
