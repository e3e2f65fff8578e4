"""Answers as JSON."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from sinks.answers import encode
from sinks.clickhouse import Rows

NOON = datetime(2024, 5, 4, 12, 0, 0, 5000, tzinfo=UTC)


def test_answers_keep_whole_numbers_and_write_times_in_utc() -> None:
    """64 bits in full; every time ends with Z, also inside of arrays."""
    paris = NOON.astimezone(timezone(timedelta(hours=2)))
    rows = Rows(
        [
            ("n", "UInt64"),
            ("at", "DateTime64(3, 'Europe/Paris')"),
            ("all", "Array(DateTime)"),
            ("day", "Date"),
            ("price", "Decimal(9, 2)"),
            ("id", "UUID"),
            ("share", "Float64"),
            ("by", "Map(String, UInt8)"),
        ],
        [
            (
                2**64 - 1,
                paris,
                [paris],
                date(2024, 5, 4),
                Decimal("1.50"),
                UUID(int=1),
                float("nan"),
                {"a": 1},
            )
        ],
    )
    answer = json.loads(encode(rows))
    assert answer["columns"][0] == {"name": "n", "type": "UInt64"}
    assert answer["rows"] == [
        [
            2**64 - 1,
            "2024-05-04T12:00:00.005000Z",
            ["2024-05-04T12:00:00.005000Z"],
            "2024-05-04",
            "1.50",
            str(UUID(int=1)),
            None,
            {"a": 1},
        ]
    ]


def test_an_answer_without_rows_still_has_its_columns() -> None:
    """A reader can tell an empty answer from none."""
    assert json.loads(encode(Rows([("n", "UInt8")], []))) == {
        "columns": [{"name": "n", "type": "UInt8"}],
        "rows": [],
    }
