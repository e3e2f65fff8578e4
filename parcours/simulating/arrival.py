"""How touchpoints reach the broker: late, twice, and in another order than they happened."""

import heapq
from collections.abc import Iterator
from typing import Final

from msgspec import json

from parcours.simulating.chance import Chance
from parcours.simulating.person import MAX_SKEW_MS
from parcours.simulating.plan import Plan
from parcours.simulating.scene import Event
from parcours.simulating.truth import Truth
from schemas.vocabulary import TYPES
from streams.journey.policy import SessionPolicy

USED_LATENESS: Final = 0.75
"""The longest delay, as a share of what the channel's lateness allows: clocks that go
fast move time ahead, and a second delivery follows the first."""

_NETWORK_MS: Final = (20, 60, 150, 2_500)
_SECOND_MS: Final = (200, 5_000, 60_000, 3_600_000)
_SHARES: Final = (1, 20, 100, 400, 1_000)
"""Delays of late touchpoints, in thousandths of the longest: most are short."""

_STAMPING: Final = frozenset({"shop", "app"})
"""Sources that say when they sent something."""

_SALT: Final = 0xA771
_encode = json.Encoder().encode


class Arrivals:
    """Delivers touchpoints: each at least once.

    Args:
        plan: shares of late and repeated ones.
        truth: takes up what is planted.
        in_order: deliver by time instead, as each source states it.
    """

    def __init__(self, plan: Plan, truth: Truth, *, in_order: bool) -> None:
        self._plan = plan
        self._truth = truth
        self._in_order = in_order
        # Drawn apart: how things arrive must not change what happened.
        self._chance = Chance(plan.seed ^ _SALT)
        self._longest = _longest_delays(SessionPolicy())
        self._under_way: list[tuple[int, int, bytes]] = []

    def deliver(self, events: Iterator[Event]) -> Iterator[bytes]:
        """Raw touchpoints, JSON, in order of arrival.

        Args:
            events: in order of time.
        """
        under_way, totals = self._under_way, self._truth.totals
        # By stated time, one that is yet to come may lie as far back as a clock can.
        hold = MAX_SKEW_MS if self._in_order else 0
        for event in events:
            while under_way and under_way[0][0] < event.at - hold:
                totals.lines += 1
                yield heapq.heappop(under_way)[2]
            self._truth.note(event)
            self._send(event)
        while under_way:
            totals.lines += 1
            yield heapq.heappop(under_way)[2]

    def _send(self, event: Event) -> None:
        chance, plan, totals = self._chance, self._plan, self._truth.totals
        raw = event.raw
        held = 0
        if chance.share(plan.late):
            totals.late += 1
            longest = self._longest[raw.channel or TYPES[raw.type].channel]
            held = longest * chance.quantile(_SHARES) // 1_000
        if raw.source in _STAMPING:
            raw.sent_at = event.at + held + event.skew
        arrives = event.at + held + chance.quantile(_NETWORK_MS)
        if self._in_order:
            arrives = event.at + event.skew
        line = _encode(raw)
        heapq.heappush(self._under_way, (arrives, 2 * event.number, line))
        if chance.share(plan.duplicates):
            totals.duplicates += 1
            again = arrives if self._in_order else arrives + chance.quantile(_SECOND_MS)
            heapq.heappush(self._under_way, (again, 2 * event.number + 1, line))


def _longest_delays(policy: SessionPolicy) -> dict[str, int]:
    channels = {one.channel for one in TYPES.values()} | {"pos", "kiosk", "chat"}
    return {
        channel: int(policy.rule(channel).lateness_ms * USED_LATENESS)
        for channel in channels
    }
