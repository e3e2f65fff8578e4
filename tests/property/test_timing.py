"""Two days of a retailer in several partitions: timing and crashes change no row.

What `tests/integration/test_chaos.py` proves of processes that are killed, with many more
timings: persons are put together at shared tills and parted again while messages come due.
"""

import random
from dataclasses import replace
from datetime import date

import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs

from parcours.simulating.plan import Plan
from parcours.simulating.run import simulate
from schemas.failure import Rejected
from schemas.touchpoint import Touchpoint
from streams.activation.rules import rules_from
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import Folded, Gathered, fold
from streams.journey.policy import SessionPolicy
from tests.factories.cluster import Cluster
from tests.factories.identified import DAY_MS, START_MS, rules
from tests.integration.chaos import Truth, differences, message_rules, truth_of

IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))
MESSAGES = rules_from(yaml.safe_load(message_rules()), salt="", lateness_ms=14 * DAY_MS)
# Nobody does so much that the oldest of it is final for lack of room: what comes before
# that is late, which is a matter of timing.
RULES = replace(rules(SessionPolicy(max_recent=4_096)), messages=MESSAGES)
DAY_ONE = date(2023, 11, 1)
"""Before the clock of the records in tests: nothing is in the future, nothing stale."""


def told(folded: Folded) -> Truth:
    """What tables show, by who everybody turned out to be, as readers follow redirects."""
    persons = {name: one.person_id for one in folded.states for name in one.members}
    found = truth_of(folded)
    found["states"] = [row for row in found["states"] if row[2]]
    for name in ("sessions", "messages"):
        found[name] = sorted(
            (row[0], persons.get(str(row[1]), row[1]), *row[2:]) for row in found[name]
        )
    return found


def identified(lines: list[bytes]) -> list[Touchpoint]:
    """What the first agent makes of raw touchpoints."""
    found = []
    for number, line in enumerate(lines):
        one = IDENTIFIER.identify(
            line,
            received_at=START_MS,
            raw_log="raw",
            raw_partition=0,
            raw_offset=number,
        )
        assert not isinstance(one, Rejected)
        found.append(one)
    return found


def played(
    touchpoints: list[Touchpoint], chance: random.Random, *, close: bool
) -> Folded:
    """The same in up to four partitions, each as far as it happens to be.

    In the end time is where the newest touchpoint is, or past whatever comes due.
    """
    gathered = Gathered()
    cluster = Cluster(RULES, chance, chance.randint(2, 4), 0.05, gathered.take)
    cluster.longest = chance.choice((3, 9, 100, 1_000))
    burst = chance.choice((1, 3, 10, 100))
    for number, one in enumerate(touchpoints):
        cluster.put(structs.replace(one))
        if not number % burst:
            cluster.run(chance.randint(0, 8))
        if not number % 100:
            cluster.tick(0)
    cluster.run()
    newest = max(one.occurred_at for one in touchpoints)
    later = RULES.policy.longest_gap_ms + 2 * DAY_MS
    cluster.tick(newest + later * close)
    cluster.run()
    return gathered.folded(v for one in cluster.running for v in one.states.values())


# Seeds do not shrink to anything simpler.
@settings(max_examples=12, phases=(Phase.reuse, Phase.generate), deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.booleans())
def test_timing_changes_no_row(seed: int, timing: int, close: bool) -> None:  # noqa: FBT001
    """States, sessions, transitions, threads and messages are those of the fold."""
    plan = Plan(2_500, 120, days=2, start=DAY_ONE, seed=seed, shared_devices=3)
    lines = list(simulate(plan)[0])
    true = told(fold(lines, IDENTIFIER, RULES, received_at=START_MS, close=close))
    touchpoints = identified(lines)
    for number in range(3):
        chance = random.Random(timing + number)
        found = told(played(touchpoints, chance, close=close))
        assert differences(true, found) == []
