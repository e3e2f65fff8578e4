"""Retry classes, the database's address, and what a dead letter holds."""

import pytest

from schemas.failure import Reason, Rejected
from schemas.topics import ENRICHED
from sinks.address import parse
from sinks.batch import Refused, Row
from sinks.failures import DatabaseError, Kind, kind_of
from sinks.refusals import KEPT_BYTES, LARGE_BYTES, Coordinates, Refusals
from sinks.rows import LANDINGS
from tests.factories.records import LOG

SECRET = "garden"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (209, "transient"),  # socket timeout
        (252, "transient"),  # too many parts
        (241, "transient"),  # memory limit
        (27, "poison"),  # cannot parse input
        (117, "poison"),  # incorrect data
        (395, "poison"),  # throwIf: our own check in landing/*.sql
        (60, "fatal"),  # unknown table
        (516, "fatal"),  # authentication failed
        (1, "unknown"),
    ],
)
def test_errors_are_sorted_by_what_helps(code: int, kind: Kind) -> None:
    """Waiting, setting a row aside, a person; or nobody knows."""
    assert kind_of(code) == kind


def test_an_address_is_taken_apart() -> None:
    """User, password and database are decoded, ports have their defaults."""
    address = parse("clickhouses://me:p%40ss@db.example/shop")
    assert (address.host, address.port, address.secure) == ("db.example", 8443, True)
    assert (address.user, address.password, address.database) == ("me", "p@ss", "shop")
    assert parse("clickhouse://db.example").port == 8123
    assert parse("chdb:///var/lib/parcours").folder == "/var/lib/parcours"


def test_bodies_are_compressed_on_the_way_to_another_machine() -> None:
    """On the same machine that would only cost."""
    assert parse("clickhouse://db.example").compression == "lz4"
    assert parse("clickhouse://127.0.0.1").compression == ""
    assert parse("clickhouse://db.example?compression=zstd").compression == "zstd"


@pytest.mark.parametrize(
    "url",
    [
        "clickhouse://me:{}@host:port/x",
        "mysql://me:{}@host/x",
        "clickhouse://me:{}@/x",
        "chdb://{}/x",
        "{}",
    ],
)
def test_a_malformed_address_is_not_quoted(url: str) -> None:
    """The password is in no error, and in no cause of one."""
    with pytest.raises(DatabaseError) as caught:
        parse(url.format(SECRET))
    assert caught.value.kind == "fatal"
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_password_is_not_shown_with_its_address() -> None:
    """A log line of the address shows everything else."""
    assert "geheim" not in repr(parse("clickhouse://me:geheim@host/x"))


async def _nowhere(_letter: bytes, _partition: int) -> None:
    """Take a letter."""


def refused(value: bytes) -> Refused:
    why = Rejected(Reason.ROW_REFUSED, "ClickHouse error 27")
    return Refused(LANDINGS[ENRICHED.name], LOG, Row(3, 9, 5, value), why)


def test_a_dead_letter_names_the_record_and_keeps_its_bytes_sealed() -> None:
    """Coordinates of the record that the sink read; the seal is bound to them."""
    sealed: list[Coordinates] = []

    def seal(payload: bytes, place: Coordinates) -> bytes:
        sealed.append(place)
        return payload[::-1]

    letter = Refusals(_nowhere, 1, seal).letter(refused(b"abc"))
    assert (letter.log, letter.topic, letter.partition, letter.offset) == (
        LOG,
        ENRICHED.name,
        3,
        9,
    )
    assert (letter.stage, letter.reason, letter.received_at) == (
        "sink",
        "row_refused",
        5,
    )
    assert (letter.payload, letter.payload_bytes, letter.truncated) == (
        b"cba",
        3,
        False,
    )
    assert sealed == [Coordinates(LOG, ENRICHED.name, 3, 9)]


def test_without_a_seal_nothing_of_the_record_is_kept() -> None:
    """It may hold personal data; the original is at the coordinates."""
    letter = Refusals(_nowhere, 1).letter(refused(b"abc"))
    assert (letter.payload, letter.payload_bytes, letter.truncated) == (b"", 3, True)


def test_of_a_large_record_the_first_part_is_kept() -> None:
    """So that a dead letter always fits into its topic."""
    letter = Refusals(_nowhere, 1, lambda payload, _: payload).letter(
        refused(b"x" * (LARGE_BYTES + 1))
    )
    assert len(letter.payload) == KEPT_BYTES
    assert letter.truncated
