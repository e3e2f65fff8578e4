"""Months read in a moment, in several partitions: as if each touchpoint had come in its time."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from parcours.simulating.plan import Plan
from parcours.simulating.run import simulate
from schemas.failure import Rejected
from streams.differing import difference, settled
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import Folded, Gathered, fold
from tests.factories.cluster import Cluster
from tests.factories.identified import DAY_MS, rules

IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))
RULES = rules()
RECEIVED_AT = 1_800_000_000_000

plans = st.builds(
    Plan,
    touchpoints=st.integers(50, 1_000),
    persons=st.integers(5, 100),
    days=st.integers(2, 400),
    seed=st.integers(0, 2**32),
    stores=st.integers(1, 5),
    shared_devices=st.integers(0, 4),
)


def read_at_once(lines: list[bytes], chance: random.Random) -> Folded:
    """All of it is there before the first partition begins; ticks stand in between."""
    gathered = Gathered()
    cluster = Cluster(RULES, chance, chance.randint(1, 4), 0.05, gathered.take)
    cluster.longest = chance.choice((9, 100, 1_000))
    newest = 0
    for number, line in enumerate(lines):
        one = IDENTIFIER.identify(
            line,
            received_at=RECEIVED_AT,
            raw_log="raw",
            raw_partition=0,
            raw_offset=number,
        )
        assert not isinstance(one, Rejected)
        newest = max(newest, one.occurred_at)
        cluster.put(one)
        if not number % 10:
            cluster.tick(0)
    cluster.run()
    cluster.tick(newest + RULES.policy.longest_gap_ms + 2 * DAY_MS)
    cluster.run()
    return gathered.folded(v for one in cluster.running for v in one.states.values())


# Where nothing waits for what other partitions may still send, four persons of it keep
# sessions apart that are one.
MIXED_UP = Plan(1_097, 33, days=238, seed=3862942055, stores=3, shared_devices=3)


@settings(max_examples=30, deadline=None)
@example(MIXED_UP, 7)
@given(plans, st.integers(0, 2**32))
def test_time_waits_for_what_other_partitions_send(plan: Plan, seed: int) -> None:
    """Nothing is final before what belongs to it has come, on however long a way.

    A partition may know a little later than the fold what time it is, never earlier: so
    it may put sessions together that in the fold were final a moment before.
    """
    lines = list(simulate(plan)[0])
    true = fold(lines, IDENTIFIER, RULES, received_at=RECEIVED_AT, close=True)
    found = read_at_once(lines, random.Random(seed))
    assert (found.late, true.late) == (0, 0)
    totals = {one.person_id: one.sessions_total for one in true.states}
    apart = settled(true, found)
    for state in (*true.states, *found.states):
        if state.members:
            # Contacts settled before a merge are not judged again: see docs/roadmap.md.
            state.emotions = None
    assert difference(true, found, apart) == ""
    assert [
        one.person_id
        for one in found.states
        if one.sessions_total > totals[one.person_id]
    ] == []
