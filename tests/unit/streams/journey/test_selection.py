"""Filters of journey models: which touchpoints fit, whatever their properties hold."""

import pytest
from msgspec import Raw

from streams.journey.live import decode_state
from tests.factories.identified import identified, partition, records


def model(value: object) -> dict[str, object]:
    """A model that a page view with this property enters."""
    where = {"properties": {"size": value}}
    condition = {"types": ["page_viewed"], "where": where}
    rule = {"rule": "fits", "all": [condition]}
    return {"name": "m", "version": 1, "phases": [{"id": "in", "enter": [rule]}]}


def entered(value: object, properties: bytes) -> bool:
    """Whether a page view enters it; it is never refused."""
    journeys = partition(None, 1, model(value))
    outcome = journeys.apply(records([identified(properties=Raw(properties))]))
    assert outcome.rejected == []
    (state,) = journeys.states.values()
    return "m" in decode_state(state).models


@pytest.mark.parametrize(
    ("value", "properties", "fits"),
    [
        (1, b'{"size":1.0}', True),
        (1.0, b'{"size":1}', True),
        (True, b'{"size":1}', False),
        (1, b'{"size":true}', False),
        ("1", b'{"size":1}', False),
    ],
)
def test_equal_numbers_fit(value: object, properties: bytes, fits: bool) -> None:  # noqa: FBT001
    """Whole or not; a truth value or a text is no number."""
    assert entered(value, properties) is fits


def test_a_number_that_no_reader_can_hold_says_nothing() -> None:
    """It is the source's affair, and no error of ours: the touchpoint is folded."""
    assert not entered("L", b'{"size":"L","weight":1e999}')


def test_a_number_of_any_length_is_a_number() -> None:
    """More digits than a float can hold: it fits none, and costs nothing."""
    assert not entered(1, b'{"size":' + b"9" * 400 + b"}")
