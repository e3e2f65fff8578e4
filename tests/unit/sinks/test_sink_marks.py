"""High-water marks: what is dropped as landed, and what must not be."""

from schemas.topics import DUPLICATES, ENRICHED
from sinks.batch import Lot, Row
from sinks.marks import Marks
from sinks.rows import LANDINGS
from tests.factories.records import FEBRUARY_MS, LOG, encode, records, touchpoint

TOUCHPOINTS = LANDINGS[ENRICHED.name]
DUPLICATE = LANDINGS[DUPLICATES.name]
HALF = Marks({(ENRICHED.name, 0): {202401: 3}})
"""An insert over two months of which only January landed."""

TWO_MONTHS = [
    touchpoint(0),
    touchpoint(1, occurred_at=FEBRUARY_MS),
    touchpoint(2, occurred_at=FEBRUARY_MS),
    touchpoint(3),
    touchpoint(4),
]


def test_marks_are_by_month() -> None:
    """February's rows are not taken for landed because January's are."""
    assert HALF.landed(TOUCHPOINTS, 0, records(*TWO_MONTHS)) == [0, 3]


def test_the_rest_of_a_lot_is_by_month_too() -> None:
    """After a doubtful insert exactly what is missing is sent again."""
    rows = [Row(0, n, 0, encode(value)) for n, value in enumerate(TWO_MONTHS)]
    rest = HALF.rest(Lot(TOUCHPOINTS, LOG, rows))
    assert [row.offset for row in rest.rows] == [1, 2, 4]


def test_marks_are_by_partition() -> None:
    """Another Kafka partition's offsets mean nothing here."""
    assert HALF.landed(TOUCHPOINTS, 1, records(*TWO_MONTHS)) == []
    assert HALF.known(ENRICHED.name, 0)
    assert not HALF.known(ENRICHED.name, 1)


def test_what_cannot_be_read_has_not_landed() -> None:
    """Broken bytes below a mark are refused again, not dropped silently."""
    assert HALF.landed(TOUCHPOINTS, 0, records(b"{", None, b"{}")) == []


def test_a_table_without_months_has_one_mark() -> None:
    """Its records need not be decoded to compare them."""
    marks = Marks({(DUPLICATES.name, 0): {0: 1}})
    assert marks.landed(DUPLICATE, 0, records(b"x", b"y", b"z")) == [0, 1]
