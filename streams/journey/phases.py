"""One person's phases while a batch is folded: marks kept, paths compared, moves told."""

from typing import Final

from schemas.facts import ACTIVE, Fact
from schemas.journey import JourneyState, PhaseState, Transition
from schemas.progress import History
from streams.journey.advance import Entry, climbed_on, next_silence, trajectory
from streams.journey.forgetting import give_up
from streams.journey.marks import (
    AnyNeed,
    improved,
    merge,
    note,
    prolonged,
)
from streams.journey.model import Feed, Models, SpanNeed
from streams.journey.transitions import row, taken_back

_NONE: Final[frozenset[int]] = frozenset()


class Phases:
    """A person's paths through all models, between two writes of the state.

    Whatever a first run of the same records, cut into other batches and then lost, may
    have sent, this one has to send or to take back. Both go through the same steps: each
    touchpoint and each silence is one. So the rows that any step changed are sent.

    Args:
        state: the person's; changed in place.
        models: the journey models.
    """

    __slots__ = ("_dirty", "_models", "_new", "_paths", "_ready", "_stale", "_state")

    def __init__(self, state: JourneyState, models: Models) -> None:
        self._state = state
        self._models = models
        self._paths: list[list[Entry]] | None = None
        self._dirty: list[set[int]] | None = None
        self._new = not state.touchpoints
        self._stale = False
        self._ready: set[str] = set()

    def note(self, fact: Fact, *, newest: bool) -> bool:
        """Take a touchpoint into account, seen for the first time and not mute.

        Args:
            fact: the touchpoint, already counted in the state.
            newest: it is later than all others that were.

        Returns:
            Whether more came of it than that activity goes on.
        """
        models = self._models
        found = self._fed(fact, models.by_type.get(fact.type, models.any_type))
        if fact.more is not None:
            for name in fact.more.counters:
                if name in models.by_selector:
                    found += self._fed(fact, models.by_selector[name])
        if not found:
            return False
        before, state = self._now(), self._state
        for what, number in note(state, fact, found).items():
            give_up(state, what, number)
        # What came late is counted nowhere, but a past that was learned may tell of it.
        last = newest and fact.at > state.told_until and not state.late
        self._changed(before, last=last)
        if [need for need in found if isinstance(need, SpanNeed)]:
            self._look_ahead()
        return True

    def _fed(self, fact: Fact, feed: Feed) -> list[AnyNeed]:
        """Keep activity alive; return the counters that change by more than that."""
        state = self._state
        found = improved(state, fact, feed)
        for need in feed.spans:
            counter, gap_ms, only_active = need
            if only_active and fact.role != ACTIVE:
                continue
            self._stale = True
            spans = state.activity.get(counter)
            if (
                not spans
                or spans[-1][1][0] + gap_ms < state.told_until
                or not prolonged(spans, fact, gap_ms)
            ):
                found.append(need)
        return found

    def pass_time(self, now: int) -> bool:
        """Tell the silences that have begun by now, each by itself; whether any had.

        Args:
            now: watermark, epoch milliseconds.
        """
        state = self._state
        if not 0 < state.silence_at <= now:
            return False
        if self._stale:
            # It is later by now: there was activity since.
            self._look_ahead()
        passed = False
        while 0 < state.silence_at <= now:
            before = self._now()
            state.told_until = max(state.told_until, state.silence_at)
            state.revision += 2
            self._look_ahead()
            self._changed(before)
            passed = True
        return passed

    def _look_ahead(self) -> None:
        state = self._state
        state.silence_at = next_silence(state, self._models, state.told_until)
        self._stale = False

    def learn(self, history: History) -> None:
        """Take the past into account, as far as it was not counted when it came."""
        before = self._now()
        state = self._state
        merge(state, history, self._models)
        if state.parts:
            own = state.parts.get(history.person_id, state.parts[state.members[0]])
            merge(own, history, self._models)
        self._ready.add(history.model)
        self._changed(before)
        self._look_ahead()

    def replace(self, state: JourneyState) -> None:
        """Go on with another state of the same person; `settle` tells the difference."""
        before, was = self._now(), self._state
        self._state = state
        self._new = not state.touchpoints
        if self._waits(0):
            state.phase, state.phase_since = was.phase, was.phase_since
        self._changed(before)
        self._look_ahead()
        # All transitions are told again: what a lost run of the same records, cut into
        # other batches, told in between may have come and gone.
        every = [
            set(range(1, max(len(one), len(other)) + 1))
            for one, other in zip(before, self._now(), strict=True)
        ]
        known = self._dirty or every
        self._dirty = [one | other for one, other in zip(known, every, strict=True)]

    def phase_at(self, at: int) -> str:
        """The phase in the default model at a moment of the past, or now."""
        state = self._state
        if at >= state.phase_since or self._waits(0):
            return state.phase
        phase = ""
        for entry in self._now()[0]:
            if entry.at <= at:
                phase = entry.phase
        return phase

    def settle(self) -> list[Transition]:
        """New and corrected transitions, and those taken back; notes the positions."""
        state = self._state
        if self._stale:
            self._look_ahead()
        rows: list[Transition] = []
        dirties, self._dirty = self._dirty, None
        for number, spec in enumerate(self._models.specs):
            known = state.models.get(spec.name)
            dirty = dirties[number] if dirties is not None else _NONE
            same = known is not None and known.version == spec.version
            if (same and not dirty) or self._waits(number):
                continue
            path = self._now()[number]
            if not same:
                sent = known.transitions if known is not None else 0
                dirty = dirty | set(range(1, max(len(path), sent) + 1))
            for place in sorted(dirty):
                if place <= len(path):
                    rows.append(row(state, spec, path, place))
                else:
                    rows.append(taken_back(state, spec, path, place))
            if path:
                last = path[-1]
                state.models[spec.name] = PhaseState(
                    spec.version, last.phase, last.at, len(path)
                )
            elif spec.name in self._models.awaiting:
                # Nowhere yet, and known to be so.
                state.models[spec.name] = PhaseState(spec.version, "", 0, 0)
            else:
                state.models.pop(spec.name, None)
            if number == 0:
                self._stand(path)
        return rows

    def _now(self) -> list[list[Entry]]:
        """The path in each model, as the marks have it now."""
        if self._paths is None:
            self._paths = self._all()
        return self._paths

    def _changed(self, before: list[list[Entry]], *, last: bool = False) -> None:
        """Compare the paths with those before, and note the rows that differ.

        Args:
            before: the paths before.
            last: what has changed them is one touchpoint, later than all others.
        """
        self._paths = now = (self._extended(before) if last else None) or self._all()
        for number, path in enumerate(now):
            was = before[number]
            if path is was or path == was:
                continue
            if self._dirty is None:
                self._dirty = [set() for _ in now]
            self._dirty[number] |= _differing(was, path)
            if not number and not self._waits(0):
                self._stand(path)

    def _all(self) -> list[list[Entry]]:
        state = self._state
        return [
            trajectory(state, self._models, number, state.told_until)
            for number in range(len(self._models.specs))
        ]

    def _extended(self, before: list[list[Entry]]) -> list[list[Entry]] | None:
        """The paths, found from those before; None where a silence makes that hard."""
        state, models = self._state, self._models
        now = []
        for number, path in enumerate(before):
            longer = climbed_on(path, state, models, number, state.told_until)
            if longer is None:
                return None
            now.append(longer)
        return now

    def _stand(self, path: list[Entry]) -> None:
        state = self._state
        state.phase = path[-1].phase if path else ""
        state.phase_since = path[-1].at if path else 0

    def _waits(self, number: int) -> bool:
        """Whether the person's past is not yet counted for a model."""
        if not self._models.awaiting:
            return False
        spec = self._models.specs[number]
        if spec.name not in self._models.awaiting or self._new:
            return False
        known = self._state.models.get(spec.name)
        current = known is not None and known.version == spec.version
        return not current and spec.name not in self._ready


def _differing(was: list[Entry], path: list[Entry]) -> set[int]:
    """Numbers of the transitions that are not the same on both paths."""
    if was == path[:-1]:
        return {len(path)}
    found = set()
    for place in range(max(len(was), len(path))):
        # With the entry goes the phase that it was entered from.
        pair = slice(max(0, place - 1), place + 1)
        if was[pair] != path[pair]:
            found.add(place + 1)
    return found
