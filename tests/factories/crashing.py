"""A partition that is killed between any two writes, restored, and reads its log again."""

import random
from collections.abc import Callable, Sequence

from msgspec import json

from schemas.progress import Progress
from streams.journey.live import Rules
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import Record


def killed(
    log: Sequence[Record],
    rules: Rules,
    chance: random.Random,
    take: Callable[[Outcome], object],
) -> PartitionJourneys:
    """Apply a log to its end, through crashes.

    Writes go in their order: outputs, states, progress. A crash leaves any beginning of
    them, some of the states included.

    Args:
        log: the lines, offsets from 0.
        rules: what the fold depends on.
        chance: cuts the log into batches and says what a crash leaves.
        take: what lands whatever is sent.

    Returns:
        The partition as it is in the end.
    """
    states: dict[bytes, bytes] = {}
    progress = Progress("log", 0, "raw", 0)
    journeys = PartitionJourneys({}, progress, rules, 1)
    while journeys.next_offset < len(log):
        start = journeys.next_offset
        outcome = journeys.apply(log[start : start + chance.randint(1, 7)])
        take(outcome)
        durable = chance.choice(("outputs", "some states", "states", "progress"))
        if durable == "some states":
            states.update(chance.sample(outcome.states, len(outcome.states) // 2))
        elif durable != "outputs":
            states.update(outcome.states)
        if durable == "progress":
            progress = json.decode(outcome.progress, type=Progress)
        elif chance.random() < 0.7:
            journeys = PartitionJourneys(dict(states), progress, rules, 1)
        else:
            states.update(outcome.states)
            # Progress travels with the next round's outputs: it may stay behind.
            if chance.random() < 0.5:
                progress = json.decode(outcome.progress, type=Progress)
    return journeys
