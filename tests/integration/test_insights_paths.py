"""Paths against a program that follows each person, and against funnels."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import pytest

from insights.asker import QuestionError
from insights.cost import CostError
from insights.funnels.answer import answer
from insights.funnels.spec import Funnel, Step
from insights.paths.answer import PathsAnswer, read_paths
from insights.paths.flow import ENDS
from insights.paths.spec import Paths
from insights.scope import Scope
from schemas.tables import TOUCHPOINTS, TRANSITIONS
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.clickhouse
BASE = 1_700_000_000_000
TYPES = {
    "page_viewed": ("web", "in"),
    "product_viewed": ("web", "in"),
    "screen_viewed": ("app", "in"),
    "email_delivered": ("email", "out"),
    "order_completed": ("pos", "in"),
    "identity_linked": ("system", "in"),
}


class Event(NamedTuple):
    """A touchpoint, in the order of funnels."""

    at: int
    seq: int
    source: str
    id: str
    type: str


def people(count: int) -> dict[str, list[Event]]:
    """So many persons with up to twelve touchpoints within twenty seconds; many ties."""
    draw = random.Random(7)
    return {
        f"customer_id:{n}": sorted(
            Event(
                draw.randrange(20) * 1000,
                draw.choice([0, 0, 1]),
                draw.choice(["shop", "tills"]),
                f"{n}-{k}",
                draw.choice(list(TYPES)),
            )
            for k in range(draw.randrange(13))
        )
        for n in range(count)
    }


PEOPLE = people(200)


def rows_of(people_: dict[str, list[Event]]) -> list[Row]:
    """Their rows."""
    return [
        {
            "person_id": person,
            "occurred_at": BASE + e.at,
            "seq": e.seq,
            "source": e.source,
            "id": e.id,
            "type": e.type,
            "channel": TYPES[e.type][0],
            "direction": TYPES[e.type][1],
        }
        for person, events in people_.items()
        for e in events
    ]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two hundred persons, and bots."""
    with open_store(tmp_path_factory.mktemp("paths")) as store:
        rows = rows_of(PEOPLE)
        store.insert(TOUCHPOINTS, rows)
        store.insert(
            TOUCHPOINTS, [row | {"id": "bot", "bot": True} for row in rows[:9]]
        )
        yield store


def walked(
    asked: Paths, scope: Scope, as_of: int
) -> list[tuple[str, tuple[str, ...], str]]:
    """Every path, followed by hand: person, names from the anchor on, ending."""
    first, end = scope.range_ms()
    found = []
    ahead = asked.direction == "after"
    for person, all_ in PEOPLE.items():
        events = [e for e in all_ if BASE + e.at <= as_of]
        events = events if ahead else events[::-1]
        steps = [
            e.type != "identity_linked"
            and (not asked.only or e.type in asked.only)
            and e.type not in asked.hide
            and (not asked.acts or TYPES[e.type][1] == "in")
            for e in events
        ]
        anchors = [
            n
            for n, e in enumerate(events)
            if (e.type in asked.anchor.types if asked.anchor else steps[n])
            and first <= BASE + e.at < end
        ]
        for at in anchors if asked.anchors == "every" else anchors[:1]:
            start = events[at]
            within = [start] + [
                e
                for e, step in zip(events[at + 1 :], steps[at + 1 :], strict=True)
                if step and abs(e.at - start.at) <= asked.window_ms
            ]
            names = [e.type if asked.of == "type" else TYPES[e.type][0] for e in within]
            if asked.collapse:
                names = [name for name, _ in groupby(names)]
            ending = "end" if ahead else "start"
            if ahead and BASE + start.at + asked.window_ms >= as_of:
                ending = "open"
            if len(names) > asked.steps + 1:
                ending = "more"
            found.append((person, tuple(names[: asked.steps + 1]), ending))
    return found


ANCHOR = Step(type="page_viewed")
ASKED = [
    Paths(),
    Paths(collapse=True, of="channel"),
    Paths(anchor=ANCHOR, window="5s"),
    Paths(anchor=ANCHOR, window="5s", anchors="every", steps=2),
    Paths(anchor=ANCHOR, window="8s", direction="before", collapse=True),
    Paths(anchor=ANCHOR, window="8s", direction="before", anchors="every", steps=1),
    Paths(anchor=ANCHOR, acts=True, hide=("product_viewed",), collapse=True),
    Paths(anchor=ANCHOR, only=("order_completed", "screen_viewed"), anchors="every"),
    Paths(anchor=Step(any_of=("page_viewed", "order_completed")), of="channel"),
]
SCOPES = [Scope(), Scope(from_=BASE + 4_000, to=BASE + 12_000)]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("as_of", [BASE + 19_000, BASE + 10_000, BASE + 10**6])
def test_paths_equal_following_each_person(
    generated: Store, asked: Paths, scope: Scope, as_of: int
) -> None:
    """Whole paths with their ends, of persons and of anchors, with every option."""
    told = read_paths(
        OverJson(generated.asker),
        scope,
        Paths(**{name: getattr(asked, name) for name in asked.__struct_fields__} | {"top": 1000}),
        as_of=as_of,
    )  # fmt: skip
    wanted = walked(asked, scope, as_of)
    sign = 1 if asked.direction == "after" else -1
    whole = Counter((names[::sign], ending) for _, names, ending in wanted)
    assert {(tuple(t.names), t.ending): t.paths for t in told.top} == whole
    persons = defaultdict(set)
    for person, names, ending in wanted:
        persons[names[::sign], ending].add(person)
    for one in told.top:
        assert one.persons == len(persons[tuple(one.names), one.ending])
    assert (told.paths, told.different) == (len(wanted), len(whole))
    assert told.persons == len({person for person, _, _ in wanted})
    assert told.open == sum(ending == "open" for _, _, ending in wanted)
    conserved(told)


def conserved(told: PathsAnswer) -> None:
    """What flows into a node flows out; every position of the matrix is everybody."""
    into: Counter[str] = Counter()
    out: Counter[str] = Counter()
    for link in told.links:
        into[link.target] += link.paths
        out[link.source] += link.paths
    last = told.asked.steps
    for node in told.nodes:
        one, other = (into, out) if node.depth >= 0 else (out, into)
        if told.asked.direction == "before" and node.depth == 0:
            one, other = out, into
        if node.depth != 0:
            assert one[node.id] == node.paths
        if node.name not in ENDS and abs(node.depth) < last:
            assert other[node.id] == node.paths
    for position in range(last + 1):
        assert sum(row.paths[position] for row in told.matrix) == told.paths


@pytest.mark.parametrize("window", ["0s", "3s", "20s"])
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("from_type", ["page_viewed", "email_delivered"])
def test_reached_is_the_funnel_of_two_steps(
    generated: Store, from_type: str, scope: Scope, window: str
) -> None:
    """Persons, conversions and their times are those of the funnel anchor → name."""
    asked = Paths(anchor=Step(type=from_type), window=window)
    told = read_paths(generated.asker, scope, asked)
    reached = {one.name: one for one in told.reached}
    for type_ in TYPES:
        funnel = Funnel(
            steps=(Step(type=from_type), Step(type=type_)),
            window=window,
            from_=scope.from_,
            to=scope.to,
        )
        wanted = answer(generated.asker, funnel)
        assert told.persons == wanted.entered
        if type_ == "identity_linked" or wanted.converted == 0:
            assert type_ not in reached
        else:
            one, took = reached[type_], wanted.steps[1].seconds_from_first
            assert one.persons == wanted.converted
            assert one.seconds is not None
            assert took is not None
            assert (one.seconds.median, one.seconds.p95) == (took.median, took.p95)


def test_reached_before_is_the_funnel_the_other_way(generated: Store) -> None:
    """Who had it before an anchor is who converts from it to the anchor."""
    asked = Paths(anchor=ANCHOR, window="4s", direction="before")
    for one in read_paths(generated.asker, Scope(), asked).reached:
        steps = (Step(type=one.name), ANCHOR)
        funnel = answer(generated.asker, Funnel(steps=steps, window="4s"))
        assert one.persons == funnel.converted


def test_of_a_path_that_contains_the_step_every_person_converted(
    generated: Store,
) -> None:
    """From every anchor, uncut: persons with the step in a path = the funnel's."""
    asked = Paths(anchor=ANCHOR, window="6s", anchors="every", steps=20, top=1000)
    names = walked(asked, Scope(), BASE + 19_000)
    persons = {person for person, path, _ in names if "order_completed" in path[1:]}
    told = read_paths(generated.asker, Scope(), asked)
    assert sum("order_completed" in t.names[1:] for t in told.top) > 0
    (reached,) = (one for one in told.reached if one.name == "order_completed")
    assert reached.persons == len(persons)


def test_rare_names_are_put_together(generated: Store) -> None:
    """Two names a position and the rest: nothing is lost."""
    told = read_paths(generated.asker, Scope(), Paths(breadth=2))
    names = {node.name for node in told.nodes if node.depth == 1} - set(ENDS)
    assert len(names) == 3
    assert "(other)" in names
    conserved(told)


def test_a_person_without_end_is_cut_and_that_is_told(generated: Store) -> None:
    """Only the earliest touchpoints of a person count; how many persons, is said."""
    told = read_paths(generated.asker, Scope(), Paths(touchpoints=3, steps=5))
    long = sum(
        sum(e.type != "identity_linked" for e in events) > 3
        for events in PEOPLE.values()
    )
    assert told.capped == long
    assert max(len(path.names) for path in told.top) == 3


def test_phases_follow_the_touchpoint_that_caused_them(generated: Store) -> None:
    """Paths of phases come from the transitions, after an anchor among touchpoints."""
    told = {"tenant": "t", "person_id": "a", "model": "default", "revision": 1}
    entered = [("awareness", 0), ("onboarding", 5), ("dormant", 60)]
    for number, (phase, at) in enumerate(entered, 1):
        row = {"transition_no": number, "to_phase": phase, "occurred_at": BASE + at}
        generated.insert(TRANSITIONS, [told | row])
    (order,) = rows_of({"a": [Event(5, 0, "s", "1", "order_completed")]})
    generated.insert(TOUCHPOINTS, [{**order, "tenant": "t"}])
    bought = Step(type="order_completed")
    for anchor, names in (
        (None, ["awareness", "onboarding", "dormant"]),
        (bought, ["order_completed", "onboarding", "dormant"]),
    ):
        asked = Paths(anchor=anchor, of="phase")
        found = read_paths(generated.asker, Scope(tenant="t"), asked, as_of=BASE + 100)
        assert [path.names for path in found.top] == [names]


@pytest.mark.parametrize(
    "wrong",
    [
        Paths(steps=0),
        Paths(steps=21),
        Paths(window="soon"),
        Paths(anchors="every"),
        Paths(direction="before"),
        Paths(anchor=Step()),
        Paths(anchor=Step(type="page_viewed", where={"nothing": 1})),
    ],
)
def test_a_wrong_question_is_refused(generated: Store, wrong: Paths) -> None:
    """With a word on what to change."""
    with pytest.raises(QuestionError):
        read_paths(generated.asker, Scope(), wrong)


def test_what_costs_too_much_is_refused_beforehand(generated: Store) -> None:
    """With the number of touchpoints, and what to change."""
    with pytest.raises(CostError, match="shorter range"):
        read_paths(generated.asker, Scope(), Paths(), budget=10)


HOSTILE = "x') OR 1 = 1; DROP TABLE touchpoints; --\\' \" ` {v0:String} $mask \n"


def test_hostile_names_can_do_nothing(generated: Store) -> None:
    """Types, keys and values that look like SQL are only ever values."""
    asked = Paths(
        anchor=Step(type=HOSTILE, where={"store_id": HOSTILE}),
        only=(HOSTILE,),
        hide=(HOSTILE,),
    )
    scope = Scope(tenant=HOSTILE, channel=HOSTILE, store=HOSTILE)
    told = read_paths(generated.asker, scope, asked)
    assert (told.paths, told.top, told.nodes) == (0, [], [])
