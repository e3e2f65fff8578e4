"""Made-up years of any seed and shape: the order of arrival does not matter."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from parcours.simulating.plan import Plan
from parcours.simulating.run import simulate
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.verify import history, verdicts
from tests.factories.identified import rules

IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))
RULES = rules()
RECEIVED_AT = 1_800_000_000_000

plans = st.builds(
    Plan,
    touchpoints=st.integers(1, 1_500),
    persons=st.integers(5, 150),
    days=st.integers(1, 400),
    seed=st.integers(0, 2**32),
    stores=st.integers(1, 5),
    late=st.sampled_from((0.0, 0.05, 1.0)),
    duplicates=st.sampled_from((0.0, 0.1, 1.0)),
    shared_devices=st.integers(0, 9),
)


# A card seen at a device is merged with the wrong customer until that is known as shared;
# a session of it becomes final meanwhile.
MIXED_UP = Plan(530, 32, days=130, seed=2601241110, stores=1, shared_devices=6)


@settings(max_examples=25, deadline=None)
@example(replace(MIXED_UP, late=0.0, duplicates=0.0), 0)
@given(plans, st.integers(0, 2**32))
def test_every_order_comes_to_the_same(plan: Plan, seed: int) -> None:
    """Nobody is refused or given up, and every order has the hash of the order of time.

    While time goes on, but for rows that were final, in one of two orders, when it was
    found who is who: of these the sums are the same, which `difference` looks at.
    """
    lines, truth = simulate(plan)
    past = history(lines, IDENTIFIER, received_at=RECEIVED_AT)
    assert (past.refused, past.contradicting) == (0, 0)
    assert past.repeated == truth.totals.duplicates
    found = list(verdicts(past, IDENTIFIER, RULES, permutations=1, delays=1, seed=seed))
    assert [v.difference for v in found if not v.holds and not v.bounded] == []
    if not any(v.bounded for v in found):
        at_once, shuffled, in_time, delayed = found
        assert shuffled.sha256 == at_once.sha256
        for one, other in ((in_time, at_once), (delayed, in_time)):
            settled = one.joined_later + one.parted_later
            assert settled or one.sha256 == other.sha256
