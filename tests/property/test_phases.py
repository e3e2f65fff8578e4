"""Phases over long histories: silences, filters and thresholds, in any arrival order."""

import random
from collections.abc import Iterable
from itertools import pairwise

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, json

from schemas.journey import JourneyState
from schemas.progress import Adoption, History, Progress, Tick
from streams.journey.live import Journey, Rules, decode_state
from streams.journey.marks import feeds_of, improved, merge, note
from streams.journey.merge import EMPTY, content
from streams.journey.merge import merge as combine
from streams.journey.model import Models, models_from, models_of
from streams.journey.model_spec import ModelSpec
from streams.journey.partition import PartitionJourneys
from streams.journey.policy import DEFAULT_RULES, ChannelRule, SessionPolicy
from streams.journey.record import Seen, fact_of, store_of
from tests.factories.crashing import killed
from tests.factories.identified import DAY_MS, START_MS, Record, identified, records
from tests.factories.identified import rules as rules_of
from tests.property.test_journey import Tables, truth

# Nothing is ever late, so that a history may be longer than a channel's lateness.
PATIENT = SessionPolicy(
    {c: ChannelRule(r.kind, r.gap_ms, 10**13) for c, r in DEFAULT_RULES.items()}
)
LINE = """
name: shoes
version: 3
only: {properties: {products.line: [shoes, boots]}}
phases:
  - id: curious
    enter:
      - {rule: looked, all: [{types: ["*"]}]}
  - id: shopper
    enter:
      - rule: bought
        all: [{types: [order_completed]}]
  - id: fan
    enter:
      - rule: spent_or_roamed
        all: [{types: [order_completed], at_least: 2}]
        any:
          - {types: [order_completed], at_least_minor: 500, currency: EUR}
          - {types: ["*"], distinct: day, at_least: 4}
          - {types: [page_viewed], distinct: channel, where: {channel: ["w*", app]}}
  - id: asleep
  - id: lost
dormancy:
  - {rule: slow, after_days: 10, to: curious, from: [fan]}
  - {rule: silent, after_days: 20, to: asleep, back: {to: curious, rule: woke}}
  - {rule: no_order, after_days: 40, types: [order_completed], from: [asleep], to: lost}
"""
CHAIN = """
name: chain
version: 1
only: {store_id: "north-*"}
phases:
  - {id: visitor, enter: [{rule: came, all: [{types: ["*"]}]}]}
  - id: regular
    enter:
      - {rule: twice, all: [{types: ["*"], at_least: 3, where: {channel: store}}]}
dormancy:
  - {rule: faded, after_days: 15, to: visitor}
"""
MORE = (yaml.safe_load(LINE), yaml.safe_load(CHAIN))

history = st.lists(
    st.tuples(
        st.integers(0, 150 * 24).map(lambda hour: START_MS + hour * 3_600_000),
        st.sampled_from(
            ("page_viewed", "order_completed", "mailing_delivered", "referral_sent")
        ),
        st.integers(1, 2),
        st.sampled_from((None, "north-1", "north-2", "south-1")),
        st.sampled_from(("shoes", "boots", "hats")),
    ),
    max_size=24,
)
seeds = st.integers(0, 2**32)
days = st.integers(0, 400)


def made(events: Iterable[tuple]) -> list:
    found = []
    for number, (at, type_, person, store, line) in enumerate(events):
        ordered = type_ == "order_completed"
        found.append(
            identified(
                f"e{number}",
                type_,
                at=at,
                person=f"customer_id:{person}",
                store=store,
                value_minor=100 * (number % 4) if ordered else None,
                currency="EUR" if ordered else None,
                properties=Raw(json.encode({"products": [{"line": line}, {"n": 1}]})),
            )
        )
    return found


def with_ticks(events: list[tuple], end: int, chance: random.Random) -> list[Record]:
    """The touchpoints in random order, time passing in between, and at the end."""
    touchpoints = made(events)
    chance.shuffle(touchpoints)
    lines: list[Record] = []
    for record in records(touchpoints):
        if chance.random() < 0.3:
            lines.append(tick(START_MS + chance.randint(0, end) * DAY_MS))
        lines.append(record)
    lines.append(tick(START_MS + end * DAY_MS))
    return [line._replace(offset=number) for number, line in enumerate(lines)]


def tick(at: int) -> Record:
    return Record(0, None, json.encode(Tick("raw", START_MS, {0: at}, {})), START_MS)


def empty() -> PartitionJourneys:
    progress = Progress("log", 0, "raw", 0)
    return PartitionJourneys({}, progress, rules_of(PATIENT, *MORE), 1)


def run(lines: list[Record], chance: random.Random) -> tuple:
    journeys, tables = empty(), Tables()
    cuts = sorted({0, len(lines), *(chance.randint(0, len(lines)) for _ in range(6))})
    for start, end in pairwise(cuts):
        tables.take(journeys.apply(lines[start:end]))
    return truth(tables, journeys)


@settings(max_examples=100)
@given(history, days, seeds)
def test_silences_and_filters_do_not_depend_on_arrival(
    events: list, end: int, seed: int
) -> None:
    """Any order, any cut, time passing anywhere in between: the same transitions."""
    chance = random.Random(seed)
    in_order = [*records(made(events)), tick(START_MS + end * DAY_MS)]
    reference = run(
        [line._replace(offset=n) for n, line in enumerate(in_order)], random.Random(0)
    )
    for _ in range(2):
        assert run(with_ticks(events, end, chance), chance) == reference


@settings(max_examples=100)
@given(history, days, seeds)
def test_crashes_change_no_silence(events: list, end: int, seed: int) -> None:
    """Killed between any two writes and replayed in other batches: the same tables."""
    chance = random.Random(seed)
    lines = with_ticks(events, end, chance)
    reference, whole, tables = Tables(), empty(), Tables()
    reference.take(whole.apply(lines))
    journeys = killed(lines, rules_of(PATIENT, *MORE), chance, tables.take)
    assert truth(tables, journeys) == truth(reference, whole)


@given(history, days, seeds)
def test_a_model_adopted_with_its_history_is_as_if_it_had_always_been_there(
    events: list, end: int, seed: int
) -> None:
    """Adopted anywhere in the log; every person's past counted, then or later."""
    chance = random.Random(seed)
    lines = with_ticks(events, end, chance)
    spec = MORE[0]
    at = chance.randint(0, len(lines))
    before, after = lines[:at], lines[at:]
    reference = run(lines, random.Random(0))
    journeys = PartitionJourneys(
        {}, Progress("log", 0, "raw", 0), rules_of(PATIENT, MORE[1]), 1
    )
    tables = Tables()
    controls = [_control(Adoption(Raw(json.encode(spec)), awaiting=True))]
    told = [
        _control(one, key)
        for key, one in pasts(before, models_from(spec), spec).items()
    ]
    cut = chance.randint(0, len(after))
    # Twice, as by a sender who had to begin again.
    every = [*before, *controls, *after[:cut], *told, *told, *after[cut:]]
    for number, line in enumerate(every):
        tables.take(journeys.apply([line._replace(offset=number)]))
    assert truth(tables, journeys) == reference


def _control(control: Adoption | History, key: bytes | None = None) -> Record:
    return Record(0, key, json.encode(control), START_MS)


def pasts(lines: list[Record], models: Models, spec: dict) -> dict[bytes, History]:
    """What the model counts of each person's touchpoints."""
    found: dict[bytes, History] = {}
    for line in lines:
        if line.key is None:
            continue
        seen = json.decode(line.value or b"", type=Seen)
        past = found.setdefault(
            line.key,
            History(seen.tenant, seen.person_id, spec["name"], spec["version"]),
        )
        fact = fact_of(seen, PATIENT, models.selection)
        for feed in feeds_of(fact, models):
            note(past, fact, [*improved(past, fact, feed)])
            note(past, fact, [n for n in feed.spans if not n.active or fact.role == 2])
    return found


@given(history, seeds)
def test_marks_merge_like_sets(events: list, seed: int) -> None:
    """Marks of parts, merged in any order, twice or not, are the marks of the whole."""
    chance = random.Random(seed)
    models = models_of(
        [json.decode(json.encode(spec), type=ModelSpec) for spec in MORE]
    )
    lines = records(made(events))
    whole = pasts(lines, models, {"name": "m", "version": 1})
    parts = [[line for line in lines if chance.random() < 0.5] for _ in range(3)]
    parts.append(lines)
    chance.shuffle(parts)
    for key, past in whole.items():
        state = JourneyState(0, 0, "default", "p")
        for part in parts:
            known = pasts(part, models, {"name": "m", "version": 1})
            if key in known:
                merge(state, known[key], models)
        assert state.milestones == past.milestones
        assert state.value_marks == past.value_marks
        assert state.first_marks == past.first_marks
        assert state.activity == past.activity


def test_decoding_a_state_reads_what_encoding_wrote() -> None:
    """Spans and marks survive the record of the state."""
    journeys = empty()
    journeys.apply(
        records(made([(START_MS, "order_completed", 1, "north-1", "shoes")] * 2))
    )
    (state,) = map(decode_state, journeys.states.values())
    assert state.activity
    assert state.recent[0].detail.counters
    assert store_of(state.recent[0]) == "north-1"


@given(history, days, seeds)
def test_persons_merge_to_the_phases_of_one_person(
    events: list, end: int, seed: int
) -> None:
    """Histories dealt out to states at whatever time, merged: silences, thresholds and
    filtered counters are those of one person who did it all.
    """
    chance, rules = random.Random(seed), rules_of(PATIENT, *MORE)
    until = START_MS + end * DAY_MS
    alone = [(*event[:2], 1, *event[3:]) for event in events]
    seen = [json.decode(line.value or b"", type=Seen) for line in records(made(alone))]
    piles: list[list[Seen]] = [[], [], []]
    for one in seen:
        chance.choice(piles).append(one)
    merged = EMPTY
    for pile in piles:
        merged = combine(
            merged, fold_one(pile, rules, chance.choice((0, until))), rules
        )
    journey = Journey(merged, rules, 0)
    journey.changed = True
    journey.settle(until)
    expected = content(fold_one(seen, rules, until))
    assert content(journey.state) | {"members": []} == expected


def fold_one(touchpoints: list[Seen], rules: Rules, until: int) -> JourneyState:
    journey = Journey(JourneyState(0, 0, "default", "customer_id:1"), rules, 0)
    for one in touchpoints:
        journey.fold(one, 0)
    journey.settle(0)
    journey.settle(until)
    return journey.state
