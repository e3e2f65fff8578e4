"""Partitions tell each other how far they are, and go by what may still be sent."""

import random

from msgspec import json

from schemas.progress import Progress, Tick, TimeMark
from streams.journey.partition import PartitionJourneys
from streams.journey.peers import HOPS, Peers
from streams.partition import partition_of
from tests.factories.identified import START_MS, Record, rules

HOUR = 3_600_000


def mark(sender: int, *levels: int) -> TimeMark:
    whole = [*levels, *[levels[-1]] * (HOPS - len(levels))]
    return TimeMark((sender, 0, 1), whole)


def peers(partitions: int) -> Peers:
    return Peers(partitions, Progress("log", 0, "raw", 0))


def test_without_peers_time_is_what_has_come() -> None:
    """A fold of its own waits for nobody, and tells nobody."""
    alone = peers(0)
    assert alone.reached(HOUR) == HOUR
    assert alone.news(HOUR) == []


def test_time_waits_for_the_slowest_partition_itself_included() -> None:
    """Of whom nothing is known, everything may still come."""
    three = peers(3)
    for sender, levels in ((0, 9 * HOUR), (2, 5 * HOUR)):
        three.note(mark(sender, levels))
        assert three.reached(9 * HOUR) == 0
    three.note(mark(1, 7 * HOUR))
    assert three.reached(9 * HOUR) == 5 * HOUR
    assert three.reached(3 * HOUR) == 3 * HOUR


def test_what_takes_several_ways_is_waited_for_by_levels() -> None:
    """Each level is the least of what all told of the one before: none waits for itself."""
    two = peers(2)
    assert two.news(9 * HOUR) == [9 * HOUR, *[0] * (HOPS - 1)]
    two.note(mark(0, 9 * HOUR, 0))
    two.note(mark(1, 7 * HOUR, 0))
    assert two.news(9 * HOUR) == [9 * HOUR, 7 * HOUR, *[0] * (HOPS - 2)]
    assert two.reached(9 * HOUR) == 0
    assert two.news(9 * HOUR) == []


def test_a_mark_that_comes_again_takes_nothing_back() -> None:
    """An older one changes nothing."""
    one = peers(1)
    one.note(mark(0, 2 * HOUR))
    one.note(mark(0, HOUR))
    assert one.reached(9 * HOUR) == 2 * HOUR


def test_progress_holds_what_was_told_and_heard() -> None:
    """Read again after a crash, the log leads to the same marks."""
    two, progress = peers(2), Progress("log", 0, "raw", 0)
    two.note(mark(0, HOUR))
    two.note(mark(1, HOUR))
    told = two.news(HOUR)
    two.snapshot(progress)
    again = Peers(2, json.decode(json.encode(progress), type=Progress))
    assert told
    assert again.news(HOUR) == []
    assert again.reached(HOUR) == HOUR


def test_every_partition_has_a_key_of_its_own() -> None:
    """A mark comes to where it is addressed to, by the partitioner of all others."""
    found = [partition_of(key, 16) for key in peers(16).keys()]  # noqa: SIM118 no dict
    assert found == list(range(16))


def test_a_tick_tells_all_partitions_and_moves_time_when_all_have_told() -> None:
    """What a partition sends itself comes behind the rest of its log, and counts too."""
    alone = PartitionJourneys({}, Progress("log", 0, "raw", 0), rules(), 1, 0, 1)
    log = [Record(0, None, json.encode(Tick("raw", 0, {0: START_MS}, {})), START_MS)]
    rounds = 0
    while log:
        outcome = alone.apply(log)
        assert alone.watermark.arrived == START_MS
        assert outcome.ticks == outcome.received == len(log)
        rounds += alone.watermark.now == 0
        log = [
            Record(alone.next_offset + n, key, value, START_MS)
            for n, (key, value) in enumerate(outcome.sent)
        ]
    assert alone.watermark.now == START_MS
    assert rounds == HOPS


def test_the_least_of_many_follows_whoever_was_the_slowest() -> None:
    """Told in any order, several at the same time: as if all were compared each time."""
    chance = random.Random(5)
    several, known = peers(5), {n: [0] * HOPS for n in range(5)}
    for _ in range(300):
        sender = chance.randrange(5)
        levels = sorted((chance.randrange(9) * HOUR for _ in range(HOPS)), reverse=True)
        several.note(TimeMark((sender, 0, 1), levels))
        known[sender] = list(map(max, known[sender], levels))
        least = [min(one) for one in zip(*known.values(), strict=True)]
        assert several.reached(9 * HOUR) == least[-1]


def test_many_partitions_tell_the_time_more_rarely() -> None:
    """Each tells all: the more there are, the farther time moves in between."""
    few, many = peers(24), peers(240)
    assert few.news(HOUR)
    assert many.news(HOUR)
    assert few.news(HOUR + 1_000)
    assert many.news(HOUR + 99_999) == []
    assert many.news(HOUR + 100_000)
