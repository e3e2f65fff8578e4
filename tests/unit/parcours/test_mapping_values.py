"""Values of columns: exact numbers, times, money."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcours.producing.table import RowError
from parcours.producing.values import (
    boolean,
    integer,
    minor_units,
    number,
    product,
    text,
    time_reader,
)


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_money_survives_the_way_through_text(units: int, digits: int) -> None:
    """An amount written with its decimals is the same number of smallest units."""
    written = f"{Decimal(units).scaleb(-digits):f}"
    assert minor_units(number(written, "a"), digits, "never", "a") == units


@given(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6))
def test_a_product_of_money_and_quantity_is_exact(cents: int, quantity: int) -> None:
    """Price times quantity has no rounding, unlike in binary floating point."""
    price = Decimal(cents).scaleb(-2)
    amount = product(price, Decimal(quantity), "a")
    assert minor_units(amount, 2, "never", "a") == cents * quantity


def test_a_fraction_of_a_cent_is_refused_unless_the_mapping_rounds() -> None:
    """No money is made or lost silently."""
    with pytest.raises(RowError, match="more than 2 decimals"):
        minor_units(Decimal("0.125"), 2, "never", "price")
    assert minor_units(Decimal("0.125"), 2, "half_up", "price") == 13
    assert minor_units(Decimal("0.125"), 2, "half_even", "price") == 12
    assert minor_units(Decimal("0.129"), 2, "down", "price") == 12


@pytest.mark.parametrize(
    ("written", "whole"), [("17850.0", 17850), (" 7 ", 7), (3.0, 3), ("-1e3", -1000)]
)
def test_whole_numbers_are_read_from_what_spreadsheets_write(
    written: object, whole: int
) -> None:
    """A number of the form 17850.0 is a whole one."""
    assert integer(written, "a") == whole


@pytest.mark.parametrize("written", ["1.5", "", "x", "NaN", "Infinity", "1e30"])
def test_what_is_no_whole_number_is_refused_by_the_name_of_its_column(
    written: str,
) -> None:
    """The message has the column, never the value."""
    with pytest.raises(RowError, match=r"^Quantity ") as caught:
        integer(written, "Quantity")
    assert not written or written not in str(caught.value)


def test_yes_and_no_are_read_in_the_usual_spellings() -> None:
    """True, yes, y, t, 1 and their opposites; anything else is refused."""
    assert boolean("Yes", "a")
    assert boolean("0", "a") is False
    with pytest.raises(RowError):
        boolean("perhaps", "a")


def test_a_local_time_is_read_in_its_zone() -> None:
    """Nine in the morning in Paris is seven in summer and eight in winter, UTC."""
    read = time_reader("%d/%m/%Y %H:%M", "Europe/Paris")
    summer = datetime(2024, 7, 1, 7, tzinfo=UTC).timestamp() * 1000
    winter = datetime(2024, 1, 1, 8, tzinfo=UTC).timestamp() * 1000
    assert read("01/07/2024 09:00", "a") == summer
    assert read("01/01/2024 09:00", "a") == winter


def test_an_hour_that_the_clock_shows_twice_is_its_first() -> None:
    """Half past two on the last Sunday of October in Paris is 00:30 UTC."""
    read = time_reader("rfc3339", "Europe/Paris")
    first = datetime(2024, 10, 27, 0, 30, tzinfo=UTC).timestamp() * 1000
    assert read("2024-10-27T02:30:00", "a") == first


def test_a_zone_in_the_value_goes_before_that_of_the_mapping() -> None:
    """A written offset is what the source means."""
    read = time_reader("rfc3339", "Europe/Paris")
    assert read("1970-01-01T01:00:00+01:00", "a") == 0


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - naive
def test_times_of_every_form_mean_the_same(moment: datetime) -> None:
    """Text, epoch milliseconds and the type of Parquet give one number."""
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    aware = moment.replace(tzinfo=UTC)
    expected = round(aware.timestamp() * 1000)
    assert time_reader("rfc3339", "UTC")(moment.isoformat(), "a") == expected
    assert time_reader("rfc3339", "UTC")(moment, "a") == expected
    assert time_reader("epoch_ms", "UTC")(expected, "a") == expected
    assert time_reader("epoch_s", "UTC")(f"{expected / 1000:.3f}", "a") == expected


def test_a_date_is_its_midnight_in_the_zone() -> None:
    """Parquet has dates; they are read as the day's first moment."""
    expected = datetime(2024, 1, 1, 5, tzinfo=UTC).timestamp() * 1000
    read = time_reader("rfc3339", "America/New_York")
    assert read(date(2024, 1, 1), "a") == expected


def test_an_unreadable_time_is_refused() -> None:
    """The message names column and form."""
    with pytest.raises(RowError, match="When is not a time of the form rfc3339"):
        time_reader("rfc3339", "UTC")("yesterday", "When")


def test_an_unknown_zone_is_an_error_of_the_mapping() -> None:
    """It is found before the first row."""
    with pytest.raises(ValueError, match="no time zone Mars/Olympus"):
        time_reader("rfc3339", "Mars/Olympus")


def test_a_whole_float_is_written_without_its_point() -> None:
    """Identifiers that went through a float column keep their form."""
    assert text(17850.0) == "17850"
    assert text(None) == ""
