"""What moments of truth count, held against a slow and plain way to count it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights.moments.answer import Wanted, moments
from insights.scope import Scope
from schemas.tables import TOUCHPOINTS, TRANSITIONS
from tests.unit.insights.store import Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

BASE = 1_700_000_000_000
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
PHASES = ("one", "two", "three")
TYPES = ("a", "b", "c", "email_sent")
HORIZON = 4 * DAY
ELAPSED = (3_600_000, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY)
PLACES = (1, 2, 3, 4, 5, 7, 10, 15, 25)

Touch = tuple[int, int, str]
"""Time (epoch ms), seq, type."""
Steps = list[tuple[int, str]]
"""Time and phase entered."""
Person = tuple[list[Touch], Steps]

# Few moments, so that touchpoints and transitions often fall together.
moment = st.integers(0, 40).map(lambda n: BASE + n * n * 7 * MINUTE)
touches = st.lists(
    st.tuples(moment, st.integers(0, 9), st.sampled_from(TYPES)),
    max_size=30,
    unique_by=lambda t: t[:2],
)
steps = st.lists(
    st.tuples(moment, st.sampled_from((*PHASES, "silent"))), min_size=1, max_size=5
).map(lambda found: sorted(found, key=lambda step: step[0]))
crowds = st.lists(st.tuples(touches, steps), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("oracle")) as opened:
        yield opened


def put(store: Store, crowd: list[Person]) -> None:
    store.clear(TOUCHPOINTS, TRANSITIONS)
    touched: list[Row] = []
    moved: list[Row] = []
    for number, (had, went) in enumerate(crowd):
        person = f"customer_id:{number}"
        touched += [
            {
                "person_id": person,
                "occurred_at": at,
                "received_at": BASE,
                "seq": seq,
                "source": "s",
                "id": f"{number}-{at}-{seq}",
                "type": type_,
                "direction": "out" if type_ == "email_sent" else "in",
            }
            for at, seq, type_ in had
        ]
        moved += [
            {
                "person_id": person,
                "model": "default",
                "transition_no": place,
                "from_phase": went[place - 2][1] if place > 1 else "",
                "to_phase": phase,
                "occurred_at": at,
                "revision": 1,
            }
            for place, (at, phase) in enumerate(went, 1)
        ]
    if touched:
        store.insert(TOUCHPOINTS, touched)
    store.insert(TRANSITIONS, moved)


def landmark(store: Store, person: str, phase: str) -> int:
    """Which touchpoint of the phase: the only thing that the oracle has to be told."""
    sql = (
        "SELECT 1 + toUInt32(floor(log((cityHash64({person:String}, {phase:String}) "
        "% 1000003 + 1) / 1000004) / log(0.7)))"
    )
    answer = store.asker.ask(sql, {"person": person, "phase": phase})
    return int(str(answer.rows[0][0]))


def stratum(inside: list[Touch], place: int, entered: int) -> int:
    at, _, type_ = inside[place - 1]
    later = 512 if type_ == "email_sent" else 0
    order = next((n for n, end in enumerate(PLACES, 1) if place <= end), 10)
    since = next((n for n, end in enumerate(ELAPSED) if at - entered < end), 7)
    close = place > 1 and at - inside[place - 2][0] < 30 * MINUTE
    return later + order * 32 + since * 2 + close


def oracle(store: Store, crowd: list[Person]) -> Counter[tuple[object, ...]]:
    newest = max((t[0] for had, _ in crowd for t in had), default=0)
    found: Counter[tuple[object, ...]] = Counter()
    for number, (had, went) in enumerate(crowd):
        if not had:
            continue
        for phase in PHASES:
            places = [n for n, step in enumerate(went) if step[1] == phase]
            if not places:
                continue
            first = places[0]
            entered = went[first][0]
            left, following = (
                went[first + 1] if first + 1 < len(went) else (10**15, "silent")
            )
            onward = following in PHASES and PHASES.index(following) > PHASES.index(
                phase
            )
            inside = sorted(
                t
                for t in had
                if t[0] < left and (t[0] > entered or (first == 0 and t[0] == entered))
            )
            k = landmark(store, f"customer_id:{number}", phase)
            seen: set[str] = set()
            judged = False
            for place, (at, _, type_) in enumerate(inside, 1):
                moved = onward and left <= at + HORIZON
                counts = at + HORIZON <= newest
                judged = judged or counts
                where = stratum(inside, place, entered)
                if counts and type_ not in seen:
                    found[phase, 1, type_, where, "", moved] += 1
                seen.add(type_)
                if counts and place == k:
                    found[phase, 0, "", where, type_, moved] += 1
                    for had_type in seen:
                        found[phase, 2, had_type, where, type_, moved] += 1
            if judged:
                found[phase, 3, "", 0, "", onward] += 1
    return found


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(crowds)
def test_the_engine_counts_what_the_oracle_counts(
    store: Store, crowd: list[Person]
) -> None:
    """Firsts, landmarks, what came before them, and persons; in every stratum."""
    put(store, crowd)
    wanted = Wanted(phases=PHASES, horizon="4d")
    evidence = moments(store.asker, Scope(), wanted).evidence
    answer = store.asker.ask(evidence.sql, evidence.parameters)
    names = [name for name, _ in answer.columns]
    counted: Counter[tuple[object, ...]] = Counter()
    for row in answer.rows:
        one = dict(zip(names, row, strict=True))
        key = tuple(one[name] for name in ("phase", "kind", "type", "stratum", "at"))
        moved, persons = int(str(one["moved"])), int(str(one["persons"]))
        counted += Counter({(*key, True): moved, (*key, False): persons - moved})
    assert counted == oracle(store, crowd)
