"""Phases as a function of what is kept of the past, so that arrival order cannot matter."""

from typing import Final, NamedTuple, TypeAlias

from schemas.facts import Mark
from streams.journey.marks import Marks
from streams.journey.model import Hush, Measure, Models, WayIn

_AFTER_ALL: Final = 2**31
"""A `seq` beyond every touchpoint's: a silence begins behind the touchpoints of its
millisecond."""


class Entry(NamedTuple):
    """One phase entered: which, by which rule, because of which touchpoint, and when."""

    phase: str
    rule: str
    cause: Mark
    at: int


_Reached: TypeAlias = tuple[Mark, int, WayIn]
"""A rule that is fulfilled: by which touchpoint, and its place among the ways."""


def trajectory(
    marks: Marks, models: Models, number: int, told_until: int
) -> list[Entry]:
    """The phases a person entered in one model, in order of event time.

    By its entry rules a journey only moves on: a phase counts when it lies beyond every
    phase entered before it. It falls back by silence alone.

    Args:
        marks: what is kept of the person's past.
        models: the models.
        number: which of them.
        told_until: event time up to which the last silence of each kind is known to
            be one, epoch milliseconds.

    Returns:
        The entries, the first phase first; empty where no rule is fulfilled yet.
    """
    if not (marks.milestones or marks.value_marks or marks.first_marks):
        return []
    reached: list[_Reached] = []
    for place, way in enumerate(models.ways[number]):
        if way.counter and way.counter not in marks.milestones:
            continue
        cause = _fulfilled(marks, way)
        if cause is not None:
            # Of phases entered by one touchpoint only the farthest is entered.
            reached.append((cause, place, way))
    if len(reached) > 1:
        reached.sort()
    hushes = models.hushes[number]
    if not hushes or not _silent(marks, hushes, told_until):
        return _climbed(reached)
    return _walked(marks, reached, hushes, told_until)


def climbed_on(
    path: list[Entry], marks: Marks, models: Models, number: int, told_until: int
) -> list[Entry] | None:
    """The path after one more touchpoint, found without going all of it again.

    Args:
        path: the path before; not changed.
        marks: what is kept of the person's past and of a touchpoint that is later than
            all others, and later than `told_until`.
        models: the models.
        number: which of them.
        told_until: as in `trajectory`.

    Returns:
        What `trajectory` returns, the same object where it is as before; None where it
        has to be asked, since there was a silence.
    """
    hushes = models.hushes[number]
    if hushes and _silent(marks, hushes, told_until):
        return None
    # Without a silence a journey only climbs, and what the last touchpoint of all
    # fulfils comes last: so only what lies beyond can be new.
    farthest = models.places[number][path[-1].phase] if path else -1
    for way in models.ways[number]:
        if way.position <= farthest:
            break
        if way.counter and way.counter not in marks.milestones:
            continue
        cause = _fulfilled(marks, way)
        if cause is not None:
            return [*path, Entry(way.phase, way.rule, cause, cause[0])]
    return path


def next_silence(marks: Marks, models: Models, told_until: int) -> int:
    """When the next silence begins if nothing happens, epoch milliseconds; 0 for never."""
    found = 0
    for need in models.spans:
        spans = marks.activity.get(need.counter)
        if spans:
            at = spans[-1][1][0] + need.gap_ms + 1
            if at > told_until and (not found or at < found):
                found = at
    return found


def _climbed(reached: list[_Reached]) -> list[Entry]:
    path: list[Entry] = []
    farthest = -1
    for cause, _, way in reached:
        if way.position > farthest:
            farthest = way.position
            path.append(Entry(way.phase, way.rule, cause, cause[0]))
    return path


def _silent(marks: Marks, hushes: tuple[Hush, ...], told_until: int) -> bool:
    """Whether there was any silence at all: mostly not."""
    for hush in hushes:
        spans = marks.activity.get(hush.counter)
        if spans and (len(spans) > 1 or _begun(spans[-1][1], hush, told_until)):
            return True
    return False


def _begun(last: Mark, hush: Hush, told_until: int) -> bool:
    return last[0] + hush.gap_ms < told_until


def _walked(
    marks: Marks,
    reached: list[_Reached],
    hushes: tuple[Hush, ...],
    told_until: int,
) -> list[Entry]:
    """The path with silences: entries, silences and returns, one after the other."""
    # A return comes before an entry by the same touchpoint; places part what is equal.
    events: list[tuple[Mark, int, int, WayIn | Hush, Mark]] = [
        (cause, 1, place, way, cause) for cause, place, way in reached
    ]
    for place, hush in enumerate(hushes):
        spans = marks.activity.get(hush.counter, [])
        for number, (first, last) in enumerate(spans):
            if number:
                events.append((first, 0, place, hush, first))
            if number + 1 < len(spans) or _begun(last, hush, told_until):
                begins = (last[0] + hush.gap_ms, _AFTER_ALL, "", "", "")
                events.append((begins, 2, place, hush, last))
    events.sort(key=lambda event: event[:3])
    walk = _Walk()
    for at, kind, _, by, cause in events:
        if isinstance(by, WayIn):
            walk.climb(by, cause)
        elif kind:
            walk.fall_silent(by, cause, at[0])
        else:
            walk.come_back(by, cause)
    return walk.path


class _Walk:
    """One person's way through the phases of a model.

    Attributes:
        path: the entries so far.
    """

    def __init__(self) -> None:
        self.path: list[Entry] = []
        self._farthest = -1
        self._left = ""
        self._silent_by: Hush | None = None

    def climb(self, way: WayIn, cause: Mark) -> None:
        """An entry rule is fulfilled; a phase not reached before ends any silence."""
        if way.position > self._farthest:
            self._farthest = way.position
            self._silent_by = None
            self._enter(Entry(way.phase, way.rule, cause, cause[0]))

    def fall_silent(self, hush: Hush, last: Mark, at: int) -> None:
        """A silence begins; one may deepen another, and then it is what must end."""
        if not self.path or self.path[-1].phase not in hush.leaves:
            return
        if self._silent_by is None:
            self._left = self.path[-1].phase
        self._silent_by = hush
        self._enter(Entry(hush.to, hush.rule, last, at))

    def come_back(self, hush: Hush, first: Mark) -> None:
        """The silence that counts has ended."""
        if self._silent_by is not hush:
            return
        self._silent_by = None
        phase = self._left
        if hush.back_to is not None:
            phase = hush.back_to
            self._farthest = hush.back_position
        if phase != self.path[-1].phase:
            self._enter(Entry(phase, hush.back_rule, first, first[0]))

    def _enter(self, entry: Entry) -> None:
        # One touchpoint, one move: who comes back and on goes straight there.
        if self.path and (self.path[-1].cause, self.path[-1].at) == (
            entry.cause,
            entry.at,
        ):
            self.path.pop()
        self.path.append(entry)


def _fulfilled(marks: Marks, way: WayIn) -> Mark | None:
    latest: Mark | None = None
    for measure in way.all:
        mark = _reached(marks, measure)
        if mark is None:
            return None
        if latest is None or mark > latest:
            latest = mark
    if way.any:
        ways = [_reached(marks, measure) for measure in way.any]
        earliest = min((mark for mark in ways if mark is not None), default=None)
        if earliest is None or latest is None:
            return earliest
        return max(latest, earliest)
    return latest


def _reached(marks: Marks, measure: Measure) -> Mark | None:
    """The touchpoint from which on a condition holds."""
    kind, counter, needed = measure
    if kind == "count":
        kept = marks.milestones.get(counter)
        return kept[needed - 1] if kept is not None and len(kept) >= needed else None
    if kind == "first":
        firsts = marks.first_marks.get(counter, {})
        return sorted(firsts.values())[needed - 1] if len(firsts) >= needed else None
    total = 0
    for at, seq, source, id_, type_, minor in marks.value_marks.get(counter, ()):
        total += minor
        if total >= needed:
            return at, seq, source, id_, type_
    return None
