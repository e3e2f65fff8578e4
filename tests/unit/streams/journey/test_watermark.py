"""The watermark of a journey partition."""

from schemas.progress import Progress, Tick
from streams.journey.watermark import IDLE_MS, Watermark

NOW = 1_700_000_000_000


def watermark(raw_partitions: int = 2) -> Watermark:
    return Watermark(raw_partitions, Progress("log", 0, "raw", 0))


def seen(mark: Watermark, partition: int, at: int, received: int = NOW) -> int:
    mark.observe(partition, at, received)
    mark.advance()
    return mark.now


def test_an_unknown_partition_holds_time() -> None:
    """As long as a raw partition was never seen, nothing may be called over."""
    assert seen(watermark(), 0, 1_000) == 0


def test_the_slowest_partition_is_the_time() -> None:
    """Raw partitions are read at their own speed: the smallest front counts."""
    mark = watermark()
    seen(mark, 0, 9_000)
    assert seen(mark, 1, 1_000) == 1_000


def test_time_never_goes_back() -> None:
    """An old touchpoint does not turn the clock back."""
    mark = watermark(1)
    seen(mark, 0, 9_000)
    assert seen(mark, 0, 1_000) == 9_000


def test_a_clock_ahead_is_not_believed() -> None:
    """A touchpoint from the future counts as of its receipt."""
    assert seen(watermark(1), 0, NOW + 500_000) == NOW


def test_an_empty_partition_is_left_out_once_a_tick_says_so() -> None:
    """A tick later than everything received settles that an idle partition has nothing."""
    mark = watermark()
    seen(mark, 0, 5_000, received=NOW)
    mark.tick(Tick("raw", NOW + 1, {0: 5_000}, {1: 0}))
    assert mark.now == 5_000


def test_a_tick_does_not_speak_for_what_came_after_it() -> None:
    """Received later than the tick: the idle partition may have got something as well."""
    mark = watermark()
    mark.tick(Tick("raw", NOW, {}, {0: 0, 1: 0}))
    assert seen(mark, 0, 5_000, received=NOW + 1) == 0


def test_silence_moves_time_with_the_tick() -> None:
    """A partition read to its end moves on by its silence, so that sessions close."""
    mark = watermark(1)
    seen(mark, 0, 5_000)
    mark.tick(Tick("raw", NOW + 2_000, {0: 5_000}, {0: 2_000}))
    assert mark.now == 7_000


def test_a_long_silent_partition_does_not_hold_the_others() -> None:
    """After IDLE_MS of silence the others' time counts."""
    mark = watermark()
    seen(mark, 0, 1_000)
    seen(mark, 1, 900_000)
    mark.tick(Tick("raw", NOW + 1, {0: 1_000, 1: 900_000}, {0: IDLE_MS}))
    assert mark.now == 900_000


def test_a_snapshot_goes_on_where_it_was() -> None:
    """What a progress record carries is the whole watermark."""
    mark = watermark()
    seen(mark, 0, 9_000)
    progress = Progress("log", 0, "raw", 0)
    mark.snapshot(progress)
    assert seen(Watermark(2, progress), 1, 4_000) == 4_000
