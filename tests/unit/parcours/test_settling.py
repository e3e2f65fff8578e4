"""When time has settled, told by the progress records of the journey partitions."""

from msgspec import structs

from parcours.settling import TOLD_TO_MS, Settling, last_tick
from schemas.progress import Progress
from streams.journey.watermark import IDLE_MS, Watermark

NOON = 1_700_000_000_000
RAW = frozenset({0, 1})


def partition(
    *, received: int = NOON, told: int = 0, arrived: int = 0, now: int = 0
) -> Progress:
    """A partition that heard of both raw partitions at `told`."""
    confirmed = dict.fromkeys(RAW, told) if told else {}
    return Progress(
        "log",
        9,
        "raw",
        now,
        received=received,
        confirmed=confirmed,
        arrived=arrived,
    )


def test_where_nothing_ever_came_nothing_is_waited_for() -> None:
    """An empty system is settled, with or without workers."""
    assert not Settling.after(2, {}).look({}, RAW)


def test_each_partition_has_to_hear_a_tick_after_the_newest_touchpoint() -> None:
    """One that heard before, or nothing at all, is named."""
    known = {
        0: partition(told=NOON, arrived=5, now=5),
        1: partition(received=3, told=NOON - 1, arrived=5, now=5),
    }
    missing = Settling.after(3, known).look(known, RAW)
    assert missing.unheard == (1, 2)
    assert missing.partitions == 2
    assert "journey partitions 1, 2 have not heard" in str(missing)


def test_a_raw_partition_that_is_written_to_is_not_waited_for() -> None:
    """It is never found read to its end, and moves time by itself."""
    known = {0: partition(arrived=NOON, now=NOON)}
    assert Settling.after(1, known).look(known, RAW)
    assert not Settling.after(1, known).look(known, frozenset())


def test_all_have_to_reach_what_had_arrived_everywhere() -> None:
    """To the precision with which they tell each other; later arrivals do not count."""
    settling = Settling.after(2, {0: partition(), 1: partition()})
    early, late = NOON + 60_000, NOON + 90_000
    known = {
        0: partition(told=NOON, arrived=early, now=early - TOLD_TO_MS - 1),
        1: partition(told=NOON, arrived=late, now=early - TOLD_TO_MS),
    }
    missing = settling.look(known, RAW)
    assert missing.behind == {0: TOLD_TO_MS + 1}
    assert "journey time is 8 s behind what has arrived" in str(missing)
    known[0] = structs.replace(known[0], arrived=late, watermark=early - TOLD_TO_MS)
    assert not settling.look(known, RAW)


def test_the_last_tick_moves_time_on_to_the_newest_touchpoint() -> None:
    """A raw partition whose newest touchpoint is old no longer holds it."""
    known = {
        0: Progress("log", 9, "raw", 0, received=NOON, fronts={0: 1_000, 1: 5_000}),
        1: Progress("log", 9, "raw", 0, received=NOON - 7, fronts={1: 9_000}),
    }
    tick = last_tick("raw", known, RAW)
    for progress in known.values():
        time = Watermark(2, progress)
        time.advance()
        assert time.arrived < 9_000
        time.tick(tick)
        assert time.arrived == 9_000 + IDLE_MS


def test_the_last_tick_says_nothing_of_what_is_written_to_or_comes_later() -> None:
    """What is received after it may be older: a silent partition holds time again."""
    known = {0: Progress("log", 9, "raw", 0, received=NOON, fronts={0: 1_000, 1: 500})}
    assert last_tick("raw", known, frozenset({1})).idle == {1: IDLE_MS}
    time = Watermark(2, known[0])
    time.tick(last_tick("raw", known, frozenset({1})))
    assert time.arrived == 1_000
    time.observe(0, 50_000, NOON + 1)
    time.advance()
    assert time.arrived == 1_000
