"""What is sent again with other identifiers: the rows left say what the states say."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from schemas.journey import Copy, JourneyState
from schemas.vocabulary import TYPES
from streams.journey.live import decode_state
from tests.factories.cluster import Cluster
from tests.factories.identified import HOUR_MS, MINUTE_MS, START_MS, rules
from tests.factories.linked import event

if TYPE_CHECKING:
    from schemas.touchpoint import Touchpoint
    from streams.journey.outcome import Outcome

RULES = rules()
NAMES = ("customer_id:1", "customer_id:2", "loyalty_id:1", "email_hash:e",
         "anonymous_id:a", "device_id:d")  # fmt: skip
SENT = ("order_completed", "page_viewed", "cart_product_added")

seeds = st.integers(0, 2**32)


class Tables:
    """The rows of touchpoints, by identity, and which of them were ever told as copies."""

    def __init__(self) -> None:
        self.rows: dict[Copy, tuple[bool, bool]] = {}
        self.copies: set[Copy] = set()

    def take(self, outcome: Outcome) -> None:
        for _, value in outcome.touchpoints:
            row = json.decode(value)
            name = Copy(row["person_id"], row["source"], row["id"])
            late = bool(row.get("late")) and self.rows.get(name, (True, True))[1]
            self.rows[name] = (not TYPES[row["type"]].control, late)
        for _, value in outcome.states:
            self.copies.update(decode_state(value).copies)

    def left(self) -> list[Copy]:
        """What counts, and did not come late."""
        return [
            name
            for name, (counts, late) in self.rows.items()
            if counts and not late and name not in self.copies
        ]


def history(chance: random.Random, *, parting: bool) -> list[Touchpoint]:
    """A few touchpoints under several names each, and who is who, in any order."""
    names = chance.sample(NAMES, chance.choice((2, 3, 3, 4)))
    sent = []
    for number in range(chance.randint(2, 6)):
        for _ in range(chance.choice((1, 2, 2, 3))):
            picked = chance.sample(names, chance.randint(1, len(names)))
            theirs = {name.partition(":")[0]: name for name in picked}.values()
            at = START_MS + number * 10 * MINUTE_MS
            sent.append(event(f"x{number}", list(theirs), SENT[number % 3], at=at))
    for number in range(chance.randint(0, 5)):
        pair = chance.sample(names, 2)
        if pair[0].partition(":")[0] == pair[1].partition(":")[0]:
            continue
        told = ["identity_linked", *["identity_unlinked"] * parting]
        at = START_MS + chance.randrange(100) * MINUTE_MS
        sent.append(event(f"l{number}", pair, chance.choice(told), at=at))
    chance.shuffle(sent)
    return sent


def landed(
    seed: int, *, parting: bool, passing: bool
) -> tuple[Tables, list[JourneyState]]:
    """Everything sent, with batches and partitions as it happens; perhaps time goes on."""
    chance, tables = random.Random(seed), Tables()
    touchpoints = history(chance, parting=parting)
    cluster = Cluster(RULES, chance, chance.randint(1, 4), take=tables.take)
    cluster.longest = chance.choice((1, 9, 100))
    for one in touchpoints:
        if passing and chance.random() < 0.2:
            cluster.run()
            cluster.tick(START_MS + chance.choice((20, 60, 24 * 31)) * HOUR_MS)
        cluster.put(structs.replace(one))
        cluster.run(chance.choice((0, 1, 3, 100)))
    cluster.run()
    states = [
        decode_state(value)
        for partition in cluster.running
        for _, value in partition.states.items()
    ]
    return tables, states


@settings(deadline=None, max_examples=300)
@given(seeds)
def test_the_rows_left_are_as_many_as_the_state_counts(seed: int) -> None:
    """Person by person, in whatever order they turn out to be one, or no longer one."""
    tables, states = landed(seed, parting=bool(seed % 2), passing=False)
    person = {
        member: state.person_id
        for state in states
        if state.identity is not None
        for member in state.identity.routes
    }
    rows = Counter(person.get(one.person_id, one.person_id) for one in tables.left())
    counted = {
        state.person_id: state.touchpoints for state in states if state.touchpoints
    }
    assert rows == counted


@settings(deadline=None, max_examples=300)
@given(seeds)
def test_no_touchpoint_that_was_in_time_is_left_without_a_row(seed: int) -> None:
    """However much has become final, or came late under another name, meanwhile."""
    tables, _ = landed(seed, parting=True, passing=True)
    in_time = defaultdict(list)
    for name, (counts, late) in tables.rows.items():
        if counts and not late:
            in_time[name.id].append(name not in tables.copies)
    assert all(any(kept) for kept in in_time.values())
