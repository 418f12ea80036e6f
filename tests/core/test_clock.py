"""Instants become text as Alfred writes dates, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_mock.core.clock import Clock, from_wire, to_http_date, to_wire

_YEAR_9999 = 253_402_300_799_999


def test_an_instant_has_three_decimals_and_no_zone() -> None:
    assert to_wire(1_668_643_200_000) == "2022-11-17T00:00:00.000"
    assert to_wire(1_668_643_200_007) == "2022-11-17T00:00:00.007"


@given(st.integers(-62_135_596_800_000, _YEAR_9999))
def test_every_instant_survives_the_way_out_and_back(instant: int) -> None:
    assert from_wire(to_wire(instant)) == instant


def test_a_date_with_a_zone_is_converted_to_utc() -> None:
    assert from_wire("2022-11-17T02:00:00.5+02:00") == 1_668_643_200_500


def test_text_that_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        from_wire("yesterday")


def test_http_dates_follow_rfc_1123() -> None:
    assert to_http_date(1_560_243_893_999) == "Tue, 11 Jun 2019 09:04:53 GMT"


def test_the_clock_tells_milliseconds_of_this_century() -> None:
    assert 1_700_000_000_000 < Clock().now() < 4_102_444_800_000
