"""Alarms by event time, and what the clock said then."""

from streams.activation.timeline import Alarms, Timeline

MINUTE_MS = 60_000
DAY_MS = 86_400_000


def test_alarms_ring_once_and_in_time() -> None:
    """Near ones by the minute, far ones after they waited in their day."""
    alarms = Alarms()
    for key, at in ((b"a", 5 * MINUTE_MS), (b"b", 90 * DAY_MS), (b"c", 7 * MINUTE_MS)):
        alarms.set(key, at)
    assert list(alarms.ring(4 * MINUTE_MS)) == []
    assert list(alarms.ring(7 * MINUTE_MS)) == [b"a", b"c"]
    assert list(alarms.ring(90 * DAY_MS - 1)) == []
    assert list(alarms.ring(90 * DAY_MS)) == [b"b"]
    assert list(alarms.ring(200 * DAY_MS)) == []


def test_one_jump_over_everything_rings_everything() -> None:
    """After a long silence, far alarms ring like the near ones."""
    alarms = Alarms()
    alarms.set(b"b", 90 * DAY_MS + 5 * MINUTE_MS)
    alarms.set(b"a", MINUTE_MS)
    assert list(alarms.ring(365 * DAY_MS)) == [b"a", b"b"]


def test_a_moment_was_found_when_event_time_passed_it() -> None:
    """Not when the batch ended: how the log is cut must not matter."""
    timeline = Timeline(100)
    timeline.begin()
    for watermark, now in ((10, 200), (20, 300), (30, 900)):
        timeline.now = now
        timeline.note(watermark)
    assert [timeline.at(w) for w in (5, 10, 15, 20, 21, 99)] == [
        200,
        200,
        300,
        300,
        900,
        900,
    ]
