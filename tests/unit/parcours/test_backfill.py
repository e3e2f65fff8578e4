"""`produce --backfill`: the mark on raw touchpoints."""

from pathlib import Path

import pytest

from parcours.producing.backfill import backfilled
from parcours.producing.feed import Feed
from parcours.producing.keys import strongest_identifier
from parcours.producing.sending import Tally
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy

LINE = (
    b'{"id":"1","source":"shop","type":"page_viewed","time":1700000000000,'
    b'"actor":{"customer_id":"7"}}'
)


@pytest.mark.parametrize(
    ("value", "marked"),
    [
        (b'{"id":"1"}', b'{"id":"1","backfill":true}'),
        (b' {"id":"1" } ', b'{"id":"1","backfill":true}'),
        (b"{}", b'{"backfill":true}'),
        (b'{"id":"1"', b'{"id":"1"'),
        (b"[1]", b"[1]"),
        (b"", b""),
    ],
)
def test_an_object_is_marked_and_nothing_else_is_touched(
    value: bytes, marked: bytes
) -> None:
    """What is broken stays as it is: the pipeline answers for it."""
    assert backfilled(value) == marked


def test_the_mark_goes_before_what_the_file_says() -> None:
    """A touchpoint cannot make itself live in a backfill."""
    found = Identifier(IdentifyPolicy("k" * 16)).identify(
        backfilled(LINE[:-1] + b',"backfill":false}'),
        received_at=1_700_000_000_000,
        raw_log="r",
        raw_partition=0,
        raw_offset=0,
    )
    assert getattr(found, "backfill", None) is True


def test_every_record_of_a_backfill_is_marked(tmp_path: Path) -> None:
    """Under the same key as without the mark."""
    file = tmp_path / "a.ndjson"
    file.write_bytes(LINE + b"\n" + LINE + b"\n")
    args = ([str(file)], None, None, None, strongest_identifier, Tally())
    live = list(Feed(*args).pairs())
    history = list(Feed(*args, backfill=True).pairs())
    assert [key for key, _ in live] == [key for key, _ in history]
    assert [value for _, value in history] == [backfilled(LINE)] * 2
