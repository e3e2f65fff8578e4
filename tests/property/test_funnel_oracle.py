"""The funnel engine against trying everything, on the embedded engine."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest

from insights.asker import QuestionError, ask_all
from insights.funnels.answer import FunnelAnswer, answer
from insights.funnels.checks import check
from insights.funnels.numbers import KINDS, Numbers
from insights.funnels.persons import Choice, State, Wanted, persons
from insights.funnels.spec import Breakdown, Funnel, FunnelError, Step
from insights.funnels.statement import Asked, Period, over_attempts
from insights.funnels.trend import trend
from insights.personas.assign import personas_by
from insights.personas.spec import DeclaredPersonas, Rule, names_of
from insights.scope import Scope
from schemas.tables import JOURNEY_STATES, TOUCHPOINTS
from tests.factories.funnel_oracle import Found, expected, found
from tests.factories.funnel_specs import BASE, POPULATIONS, generated, moment
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insights.personas.assign import KnownPersonas

SPECS = 70
CASES = 10_000
ALL = 10_000
STATES = ("converted", "dropped", "pending", "excluded")
TENANTS = 20
PERSONS = 24
KINDS_OF_PERSONS = DeclaredPersonas(
    "kinds", tuple(Rule(kind, where={"fact.kind": kind}) for kind in ("odd", "even"))
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """All populations, each touchpoint with an outdated version of itself."""
    with open_store(tmp_path_factory.mktemp("funnels")) as opened:
        rows = [event for events in POPULATIONS.values() for event in events]
        outdated = {"type": "page_viewed", "late": True, "properties": '{"n":5}'}
        opened.writer.command("SYSTEM STOP MERGES")
        opened.insert(TOUCHPOINTS, [row | outdated for row in rows])
        opened.insert(TOUCHPOINTS, [row | {"received_at": BASE} for row in rows])
        known = {(row["tenant"], row["person_id"]) for row in rows}
        states = [_state(*one) for one in sorted(known) if _kind(one[1])]
        opened.insert(JOURNEY_STATES, states)
        yield Store(opened.writer, OverJson(opened.asker))


def _state(tenant: object, person: object) -> Row:
    facts = json.dumps({"kind": _kind(person)})
    known = {"revision": 1, "touchpoints": 1, "facts": facts}
    return {"tenant": tenant, "person_id": person} | known


def _kind(person: object) -> str:
    """The persona that somebody has; of some nothing is known that would tell."""
    number = int(str(person).rpartition(":")[2])
    if number % 7 == 0:
        return ""
    return "others" if number % 5 == 0 else ("even", "odd")[number % 2]


def _events(funnel: Funnel) -> list[dict[str, object]]:
    """The touchpoints of a funnel's tenant, and persona."""
    every = [
        event | {"persona": _kind(event["person_id"])}
        for event in POPULATIONS[funnel.tenant]
    ]
    if not funnel.persona:
        return every
    return [event for event in every if event["persona"] == funnel.persona]


def _known(funnel: Funnel) -> KnownPersonas:
    finder = personas_by([KINDS_OF_PERSONS], Scope(persona=funnel.persona))
    return {"personas": finder, "persona_model": KINDS_OF_PERSONS}


def _members(attempts: list[Found]) -> list[tuple[object, ...]]:
    told = []
    for one in attempts:
        times = [time for time in one.times if time is not None]
        kind = KINDS.index(one.bucket[0])  # type: ignore[arg-type]
        told.append((one.unit, one.state, one.step, min(times), kind, one.bucket[1]))
    return sorted(told)


def _wanted(funnel: Funnel, attempts: list[Found]) -> list[tuple[object, ...]]:
    return [
        tuple(
            tuple(round(v, 6) for v in value) if isinstance(value, tuple) else value
            for value in astuple(step)
        )
        for step in expected(funnel, attempts)
    ]


def _told(whole: Numbers) -> list[tuple[object, ...]]:
    return [
        (
            step.units,
            step.from_first,
            step.from_previous,
            step.dropped,
            step.pending,
            *(
                seconds
                and tuple(round(value, 6) for value in msgspec.structs.astuple(seconds))
                for seconds in (step.seconds_from_first, step.seconds_from_previous)
            ),
        )
        for step in whole.steps
    ]


class _Matched(msgspec.Struct):
    unit: str
    state: State
    stop: int
    kind: int
    value: str
    step: int
    occurred_at: int
    source: str
    id: str
    attempt: int


def _taken(store: Store, asked: Asked) -> list[tuple[object, ...]]:
    asking = over_attempts("matched", asked)
    rows = ask_all(store.asker, asking.text, asking.values, _Matched)
    return sorted((r.unit, r.state, r.kind, r.value, r.step, r.id) for r in rows)


def _taken_by_oracle(attempts: list[Found]) -> list[tuple[object, ...]]:
    return sorted(
        (one.unit, one.state, KINDS.index(one.bucket[0]), one.bucket[1], step, name)  # type: ignore[arg-type]
        for one in attempts
        for step, name in enumerate(one.done, 1)
        if name is not None
    )


def _listed(
    store: Store, funnel: Funnel, wanted: Wanted, as_of: int
) -> list[tuple[object, ...]]:
    page = persons(store.asker, funnel, wanted, as_of, **_known(funnel))
    assert not page.more
    return sorted(
        (m.unit, m.state, m.step, m.entered_at, KINDS.index(m.kind), m.value)
        for m in page.members
    )


def _differences(store: Store, seed: int, **changed: object) -> list[str]:
    """What the engine says differently from the oracle."""
    funnel = msgspec.structs.replace(generated(seed), **changed)
    draw = random.Random(seed)
    told = answer(store.asker, funnel, moment(seed), **_known(funnel))
    whole = found(funnel, _events(funnel), told.as_of)
    wrong = []
    if _told(told) != _wanted(funnel, whole):
        wrong.append("numbers")
    counts = Counter(one.state for one in whole)
    numbers = (told.converted, told.dropped, told.pending, told.excluded)
    if (told.entered, *numbers) != (len(whole), *(counts[state] for state in STATES)):
        wrong.append("states")
    wanted = Wanted(
        draw.choice(get_args(Choice)), draw.randint(1, len(funnel.steps)), limit=ALL
    )
    chosen = [one for one in whole if _is(one, wanted)]
    if _listed(store, funnel, wanted, told.as_of) != _members(chosen):
        wrong.append("persons")
    asked = Asked(
        funnel,
        told.as_of,
        bucketed=funnel.breakdown is not None,
        detailed=True,
        **_known(funnel),
    )
    apart = found(funnel, _events(funnel), told.as_of, bucketed=asked.bucketed)
    if _taken(store, asked) != _taken_by_oracle(apart):
        wrong.append("touchpoints")
    if asked.bucketed:
        wrong += _differences_of_buckets(store, told, apart, funnel)
    period: Period = draw.choice(["day", "week", "month"])
    wrong += _differences_of_trend(store, funnel, period, told.as_of)
    return [f"{seed}: {what}" for what in wrong]


def _is(one: Found, wanted: Wanted) -> bool:
    if wanted.state == "entered":
        return True
    if wanted.state == "reached":
        return one.state != "excluded" and one.done[wanted.step - 1] is not None
    return one.state == wanted.state and one.step == wanted.step


def _differences_of_trend(
    store: Store, funnel: Funnel, period: Period, as_of: int
) -> list[str]:
    wrong = []
    told = trend(store.asker, funnel, period, as_of, **_known(funnel))
    points = told.points
    entered = found(funnel, _events(funnel), as_of, period=period)
    by_period = Counter((one.period, one.state) for one in entered)
    for point in points:
        found_numbers = (point.converted, point.dropped, point.pending, point.excluded)
        if found_numbers != tuple(by_period[point.period, state] for state in STATES):
            wrong.append("trend")
    if sum(point.entered for point in points) != len(entered):
        wrong.append("trend in total")
    return wrong


def _differences_of_buckets(
    store: Store, told: FunnelAnswer, apart: list[Found], funnel: Funnel
) -> list[str]:
    assert funnel.breakdown is not None
    limit = funnel.breakdown.limit
    sizes = Counter(one.bucket for one in apart if one.bucket[0] == "value")
    shown = sorted(sizes, key=lambda bucket: (-sizes[bucket], bucket[1]))[:limit]
    groups: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for one in apart:
        other = one.bucket[0] == "value" and one.bucket not in shown
        groups[("other", "") if other else one.bucket].append(one)
    some = [bucket for bucket in told.breakdown if bucket.entered]
    if {(b.kind, b.value if b.kind == "value" else "") for b in some} != set(groups):
        return ["buckets"]
    wrong = []
    for bucket in told.breakdown:
        mine = groups[bucket.kind, bucket.value if bucket.kind == "value" else ""]
        if _told(bucket) != _wanted(funnel, mine):
            wrong.append(f"bucket {bucket.kind}")
    if told.breakdown:
        last = told.breakdown[-1]
        key = (last.kind, last.value if last.kind == "value" else "")
        wanted = Wanted(kind=last.kind, value=last.value, limit=ALL)
        members = _members([replace(one, bucket=key) for one in groups[key]])
        if _listed(store, funnel, wanted, told.as_of) != members:
            wrong.append(f"persons of bucket {last.kind}")
    return wrong


def test_the_generated_funnels_have_every_option() -> None:
    """None of the options is left to chance."""
    funnels = [generated(seed) for seed in range(SPECS)]
    plain = Funnel(steps=())
    for name in Funnel.__struct_fields__:
        if name not in ("steps", "name", "persona"):
            assert any(getattr(f, name) != getattr(plain, name) for f in funnels), name
    for name in ("optional", "within_ms", "at_least_ms", "every_type"):
        usual = getattr(Step(type="a"), name)
        assert any(getattr(s, name) != usual for f in funnels for s in f.steps), name
    attributions = {f.breakdown.attribution for f in funnels if f.breakdown}
    assert attributions >= {
        "first_touch",
        "last_touch",
        "all_steps",
        "step:1",
        "step:2",
    }
    assert {f.order for f in funnels} == {"ordered", "strict", "any"}


def test_every_funnel_equals_trying_everything(store: Store) -> None:
    """Numbers, buckets, persons, touchpoints and trends, for every option."""
    cases, wrong = 0, []
    for seed in range(SPECS):
        funnel = generated(seed)
        ids = {str(e[f"{funnel.unit}_id"]) for e in POPULATIONS[funnel.tenant]} - {""}
        cases += len(ids)
        wrong += _differences(store, seed)
    print(f"{cases:,} cases of {SPECS} funnels, {len(wrong)} differences")  # noqa: T201
    assert wrong == []
    assert cases >= CASES


def test_of_one_persona_it_is_the_funnel_of_their_touchpoints(store: Store) -> None:
    """For every unit and option; what others did in the same cart does not count."""
    wrong = [
        difference
        for seed in range(0, SPECS, 5)
        for difference in _differences(store, seed, persona=("odd", "even")[seed % 2])
    ]
    assert wrong == []


def test_personas_are_told_apart_for_units_of_several_persons(store: Store) -> None:
    """For every option; the attribution says whose persona a cart is told by."""
    wrong = []
    for seed in range(0, SPECS, 3):
        funnel = generated(seed)
        if funnel.unit != "person":
            given = funnel.breakdown or Breakdown("persona")
            by_persona = Breakdown("persona", given.attribution)
            wrong += _differences(store, seed, breakdown=by_persona)
    assert wrong == []


def test_each_persona_has_the_numbers_of_its_own_funnel(store: Store) -> None:
    """All of them, with times; and who is of none makes up the rest of the whole."""
    counted = 0
    for seed in range(0, SPECS, 4):
        parted = {"unit": "person", "breakdown": Breakdown("persona")}
        funnel = msgspec.structs.replace(generated(seed), **parted)
        told = answer(store.asker, funnel, moment(seed), **_known(funnel))
        buckets = {one.value: one for one in told.breakdown}
        assert set(buckets) - {"(not set)"} == set(names_of(KINDS_OF_PERSONS))
        for name in names_of(KINDS_OF_PERSONS):
            alone = msgspec.structs.replace(funnel, persona=name, breakdown=None)
            own = answer(store.asker, alone, told.as_of, **_known(alone))
            for field in Numbers.__struct_fields__:
                assert getattr(buckets[name], field) == getattr(own, field), seed
        for state in ("entered", *STATES):
            parts = sum(getattr(one, state) for one in told.breakdown)
            assert parts == getattr(told, state)
        counted += told.entered
    assert counted > ALL / 10


def test_every_persona_is_a_bucket_whatever_the_limit(store: Store) -> None:
    """Also one that nobody has; who is of none is not set, and listed as such."""
    breakdown = Breakdown("persona", limit=1)
    funnel = Funnel((Step(type="page_viewed"),), breakdown=breakdown, tenant="tenant-1")
    none = Rule("nobody", where={"fact.kind": "no such"})
    model = DeclaredPersonas("some", (none, *KINDS_OF_PERSONS.personas))
    told = answer(store.asker, funnel, persona_model=model)
    buckets = {one.value: one.entered for one in told.breakdown}
    assert set(buckets) == {"nobody", "odd", "even", "others", "(not set)"}
    assert not buckets["nobody"]
    assert all(buckets[one] for one in set(buckets) - {"nobody"})
    assert "'some'" in " ".join(map(str, told.notes))
    for one in told.breakdown:
        value = one.value if one.kind == "value" else ""
        wanted = Wanted("reached", 1, kind=one.kind, value=value)
        page = persons(store.asker, funnel, wanted, persona_model=model)
        assert len(page.members) == one.steps[0].units
        kinds = {_kind(member.unit) for member in page.members}
        assert kinds <= {value}


@pytest.mark.parametrize("attribution", ["last_touch", "all_steps", "step:1"])
def test_a_person_has_one_persona_whatever_the_touchpoint(attribution: str) -> None:
    """So there is nothing to attribute: it is refused with a sentence."""
    breakdown = Breakdown("persona", attribution)
    with pytest.raises(FunnelError, match="a person has one persona"):
        check(Funnel((Step(type="page_viewed"),), breakdown=breakdown))
    check(Funnel((Step(type="page_viewed"),), unit="cart", breakdown=breakdown))


@pytest.mark.parametrize(
    "asked", [{"persona": "odd"}, {"breakdown": Breakdown("persona")}], ids=str
)
def test_without_anybody_who_knows_personas_it_is_refused(
    store: Store, asked: dict[str, object]
) -> None:
    """Rather than answered for everybody."""
    funnel = Funnel((Step(type="page_viewed"),), **asked)  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match="does not know personas"):
        answer(store.asker, funnel)
