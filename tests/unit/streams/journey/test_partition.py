"""A partition's batches: duplicates, replays, lateness, bounds."""

import re
from collections.abc import Iterable

from msgspec import Raw, json

from schemas.progress import Progress, Tick
from schemas.topics import record_key
from schemas.touchpoint import Duplicate, Touchpoint
from streams.journey.encoded import revision_of, times_of
from streams.journey.live import decode_state
from streams.journey.partition import PartitionJourneys
from streams.journey.policy import SessionPolicy
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    START_MS,
    Record,
    identified,
    partition,
    records,
    rules,
)


def test_a_second_delivery_is_a_duplicate() -> None:
    """Same source and id: counted as duplicate, with its own coordinates, not folded."""
    outcome = partition().apply(records([identified("a"), identified("a")]))
    (pair,) = outcome.duplicates
    assert json.decode(pair[1], type=Duplicate).raw_offset == 1
    assert len(outcome.touchpoints) == 1


def test_a_duplicate_of_long_ago_is_still_a_duplicate() -> None:
    """A file sent again months later counts nothing twice."""
    made = [identified(f"e{n}", at=START_MS + n * HOUR_MS) for n in range(24 * 60)]
    again = [identified(f"e{n}", at=START_MS + n * HOUR_MS) for n in range(24 * 60)]
    journeys = partition()
    everything = records(made + again)
    for start in range(0, len(everything), 100):
        outcome = journeys.apply(everything[start : start + 100])
        if start >= len(made):
            assert not outcome.touchpoints
    (state,) = journeys.states.values()
    assert decode_state(state).touchpoints == len(made)


def test_a_touchpoint_resent_by_the_first_agent_is_passed_over() -> None:
    """A raw offset that was seen is a replay, neither touchpoint nor duplicate."""
    journeys = partition()
    (record,) = records([identified("a")])
    journeys.apply([record])
    outcome = journeys.apply([record._replace(offset=1)])
    assert (outcome.replayed, outcome.touchpoints, outcome.duplicates) == (1, [], [])


def test_another_raw_log_starts_to_count_anew() -> None:
    """Offsets of a log made anew are not taken for old ones."""
    journeys = partition()
    journeys.apply(records([identified("a")]))
    other = identified("b", raw_log="new")
    (record,) = records([other])
    outcome = journeys.apply([record._replace(offset=1)])
    assert len(outcome.touchpoints) == 1


def test_later_than_its_lateness_is_late() -> None:
    """A web touchpoint more than a day behind the watermark is stored, not folded."""
    filler = [
        identified(f"e{n}", at=START_MS + 2 * DAY_MS + n, person="customer_id:2")
        for n in range(65)
    ]
    outcome = partition().apply(records([*filler, identified("late")]))
    value = json.decode(outcome.touchpoints[-1][1], type=Touchpoint)
    assert (outcome.late, value.late, value.session_id) == (1, True, "")


def test_a_touchpoint_carries_its_session_and_phase() -> None:
    """What the journey found is in the record that leaves, everything else as it came."""
    sent = identified("a", "order_completed", value_minor=5, currency="EUR")
    outcome = partition().apply(records([sent]))
    got = json.decode(outcome.touchpoints[0][1], type=Touchpoint)
    assert (got.phase, len(got.session_id)) == ("onboarding", 16)
    assert (got.id, got.value_minor, got.actor) == ("a", 5, sent.actor)


def test_records_before_the_next_offset_are_passed_over() -> None:
    """What a partition was restored with is not applied twice."""
    made = records([identified("a"), identified("b")])
    journeys = partition()
    journeys.apply(made)
    assert journeys.apply(made).received == 0


def test_a_state_remembers_how_far_it_is() -> None:
    """A crash between states and progress: the states that were written are skipped."""
    made = records([identified("a"), identified("b")])
    first = partition()
    first.apply(made)
    restored = PartitionJourneys(
        dict(first.states), Progress("log", 0, "raw", 0), rules(), 1
    )
    outcome = restored.apply(made)
    assert (outcome.replayed, outcome.states) == (2, [])


def test_another_log_makes_no_record_look_old() -> None:
    """A state restored over a log made anew takes the new log's first records."""
    first = partition()
    first.apply(records([identified("a")]))
    progress = Progress("new", 0, "raw2", 0)
    restored = PartitionJourneys(dict(first.states), progress, rules(), 1)
    outcome = restored.apply(records([identified("b", raw_log="raw2")]))
    assert len(outcome.touchpoints) == 1


def test_ticks_move_time_and_are_no_touchpoints() -> None:
    """A tick closes what is over, and is counted apart."""
    journeys = partition()
    journeys.apply(records([identified("a")]))
    tick = Tick("raw", START_MS + DAY_MS, {0: START_MS}, {0: 2 * HOUR_MS})
    outcome = journeys.apply([Record(1, None, json.encode(tick), START_MS)])
    assert (outcome.ticks, outcome.closed, journeys.open) == (1, ["web"], 0)


def test_the_head_of_a_state_reads_without_decoding() -> None:
    """`due_at` and `revision` stand first, where a restore looks for them."""
    journeys = partition()
    journeys.apply(records([identified("a"), identified("b", at=START_MS + 5)]))
    (encoded,) = journeys.states.values()
    state = decode_state(encoded)
    assert (times_of(encoded).due, revision_of(encoded)) == (
        state.due_at,
        state.revision,
    )


def test_a_state_stays_bounded() -> None:
    """However much one person does in a day, the state keeps a bounded memory of it."""
    policy = SessionPolicy(max_recent=50, max_known=100)
    journeys = partition(policy)
    made = records([identified(f"e{n}", at=START_MS + n) for n in range(1_000)])
    for start in range(0, len(made), 40):
        journeys.apply(made[start : start + 40])
    state = decode_state(journeys.states[record_key("default", "customer_id:1")])
    assert len(state.recent) <= 50
    assert len(state.known) <= 800
    assert state.touchpoints == 1_000


def test_open_sessions_stay_bounded() -> None:
    """A thousand devices of one person leave 64 sessions open, the latest ones."""
    journeys = partition()
    made = records(
        [identified(f"e{n}", at=START_MS + n, device=f"d{n}") for n in range(1_000)]
    )
    outcome = journeys.apply(made)
    (state,) = journeys.states.values()
    assert len(decode_state(state).sessions) == 64
    assert outcome.closed.count("web") == 936


def told(number: int, names: Iterable[str]) -> Touchpoint:
    """A customer update of many facts, which also states a consent for each."""
    facts = json.encode({"facts": {name: f"{number}-{name}" for name in names}})
    consent = dict.fromkeys(names, True)
    at = START_MS + number
    return identified(
        f"e{number}",
        "customer_updated",
        at=at,
        consent=consent,
        properties=Raw(facts),
    )


def test_what_a_source_states_stays_bounded() -> None:
    """Endlessly many facts and consents, or endless ones: the rest of them is not kept.

    Which ones are kept does not depend on the order in which they came.
    """
    policy = SessionPolicy(max_statements=10, max_statement_bytes=40)
    made = [told(n, [f"{n}-{i}" for i in range(7)]) for n in range(20)]
    made.append(told(20, ["0-0", "a" * 41]))
    kept = []
    for touchpoints in (made, made[::-1]):
        journeys = partition(policy)
        journeys.apply(records(touchpoints))
        (encoded,) = journeys.states.values()
        state = decode_state(encoded)
        assert set(state.facts) == set(state.facts_at) == set(state.consent)
        kept.append((state.facts, state.consent, state.consent_at))
    assert kept[0] == kept[1]
    facts = kept[0][0]
    assert sorted(facts) == sorted(f"{n}-{i}" for n in range(20) for i in range(7))[:10]
    assert facts["0-0"] == "20-0-0"


def test_an_error_of_ours_costs_one_touchpoint() -> None:
    """What the fold cannot take becomes a dead letter; its neighbours are folded."""
    bad = identified("bad", "customer_updated", at=START_MS + 1)
    made = records([identified("a"), bad, identified("b", at=START_MS + 2)])
    broken = (made[1].value or b"").replace(
        b'"properties":{}', b'"properties":{"facts":7}'
    )
    journeys = partition()
    outcome = journeys.apply([made[0], made[1]._replace(value=broken), made[2]])
    (refused,) = outcome.rejected
    assert (refused.why.reason, refused.passed) == ("bug", 1)
    # Where it happened, in our code, and nothing that the error says of the record.
    assert re.fullmatch(
        r"ValidationError in the fold \(streams/journey/\w+\.py:\d+( < [\w/]+\.py:\d+)*\)",
        refused.why.detail,
    ), refused.why.detail
    (state,) = journeys.states.values()
    assert decode_state(state).touchpoints == 2
