"""One person's journey and the summary of all, on the embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from insights.asker import Asker, QuestionError
from insights.journey import Journey, find_persons, read_journey
from insights.summary import summarise
from parcours.answers import show_journey
from schemas import tables
from schemas.vocabulary import PHASES
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = 1_700_000_000_000
ANNA = "customer_id:12"
BOB = "loyalty_id:12"
VISITOR = "anonymous_id:abc"
CARL = "customer_id:carl"
DORA = "customer_id:dora"


def touch(person: str, second: int, **other: object) -> Row:
    """One touchpoint."""
    return {
        "person_id": person,
        "occurred_at": BASE + second * 1000,
        "source": "shop",
        "id": f"{person}-{second}",
        "type": "page_viewed",
        "channel": "web",
        "direction": "in",
        "received_at": BASE,
        **other,
    }


TOUCHPOINTS = [
    touch(ANNA, 1, customer_id="12", anonymous_id="abc", session_id="s1"),
    touch(ANNA, 2, customer_id="12", loyalty_id="77", email_hash="e1"),
    touch(
        ANNA, 3, type="order_completed", order_id="o1", value_minor=4999, currency="EUR"
    ),
    touch(
        BOB, 1, loyalty_id="12", type="order_completed", value_minor=0, currency="EUR"
    ),
    touch(
        BOB, 2, loyalty_id="12", type="order_completed", value_minor=-5, currency="USD"
    ),
    touch(VISITOR, 1, anonymous_id="abc", late=True),
    touch("customer_id:9", 1, tenant="other", customer_id="9"),
]
# Carl's have landed before it was known what came before them; Dora's model has a name.
MOVED = [
    *(touch(CARL, second, phase="awareness", tenant="moved") for second in (1, 2, 3)),
    touch("loyalty_id:carl", 4, phase="engagement", tenant="moved"),
    touch(DORA, 1, phase="of another", tenant="moved"),
]
SESSIONS: list[dict[str, object]] = [
    {"session_id": "s1", "revision": 1, "status": "open", "kind": "web"},
    {"session_id": "s1", "revision": 2, "status": "closed", "kind": "web"},
    {"session_id": "s2", "revision": 1, "status": "superseded", "kind": "web"},
    {"session_id": "s3", "revision": 1, "status": "open", "kind": "store"},
    {"session_id": "s4", "revision": 1, "status": "open", "kind": "web"},
    {
        "session_id": "s4",
        "revision": 2,
        "status": "open",
        "kind": "web",
        "person_id": "customer_id:3",
    },
]


def thread(kind: str, id_: str, second: int, **other: object) -> Row:
    """One version of one of Anna's threads, last touched at this second."""
    moments = ("since", "started_at", "updated_at", "cause_at")
    times = dict.fromkeys(moments, BASE + second * 1000)
    names = {"person_id": ANNA, "kind": kind, "thread_id": id_}
    return {**names, **times, "revision": 1, "status": "open", **other}


THREADS = [
    thread("cart", "c1", 1, due_at=BASE + 9_000),
    thread("cart", "c1", 2, revision=2, status="completed", steps=["order_completed"]),
    thread("order", "o1", 3, cause_type="order_completed"),
    thread("ticket", "t1", 4),
    thread("ticket", "t1", 4, revision=2, deleted=1),
]


def transition(number: int, from_phase: str, to_phase: str, **other: object) -> Row:
    """One change of Anna's phase."""
    return {
        "person_id": ANNA,
        "model": "default",
        "model_version": 1,
        "transition_no": number,
        "from_phase": from_phase,
        "to_phase": to_phase,
        "occurred_at": BASE + number,
        "rule": "first order",
        "cause_source": "shop",
        "cause_id": "c",
        "cause_type": "order_completed",
        "cause_at": BASE + number,
        "revision": 1,
        **other,
    }


def move(person: str, number: int, second: int, to: str, **other: object) -> Row:
    """One change of phase at this second."""
    at = {"person_id": person, "occurred_at": BASE + second * 1000, "tenant": "moved"}
    return transition(number, "", to, **at, **other)


def stands(person: str, phase: str = "", second: int = 0, **other: object) -> Row:
    """Who is in a phase since this second."""
    since = {"phase": phase, "phase_since": BASE + second * 1000, "revision": 1}
    return {"person_id": person, "tenant": "moved", "touchpoints": 4, **since, **other}


MOVED_STATES = [
    stands(CARL, "onboarding", 3, members=["loyalty_id:carl"]),
    stands("loyalty_id:carl", merged_into=CARL),
    stands(DORA, "of her own", 1),
]
MOVES = [
    move(CARL, 1, 2, "awareness"),
    move(CARL, 2, 3, "acquisition"),
    move(CARL, 3, 3, "onboarding"),
    move(CARL, 4, 4, "engagement"),
    move(CARL, 4, 4, "engagement", revision=2, deleted=1),
    move(CARL, 1, 1, "elsewhere", model="another"),
    move(DORA, 1, 1, "elsewhere", model="another"),
    move(DORA, 1, 1, "of her own", model="hers"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two customers of one tenant, a visitor, and somebody of another tenant."""
    with open_store(tmp_path_factory.mktemp("journeys")) as store:
        store.insert(tables.TOUCHPOINTS, TOUCHPOINTS)
        for number, row in enumerate(SESSIONS):
            started = {"person_id": ANNA, "started_at": BASE + number}
            store.insert(tables.SESSIONS, [started | row])
        state = {
            "person_id": ANNA,
            "phase": "acquisition",
            "touchpoints": 3,
            "orders": 1,
            "first_at": BASE + 1000,
            "last_at": BASE + 3000,
            "phase_since": BASE + 3000,
            "value_minor": {"EUR": 4999},
            "counts": {"page_viewed": 2, "order_completed": 1},
            "channels": {"web": 3},
            "sessions_total": 1,
            "facts": '{"age":"35-44","size":2}',
            "consent": {"messaging": True},
        }
        store.insert(tables.JOURNEY_STATES, [state | {"phase": "x", "revision": 1}])
        store.insert(tables.JOURNEY_STATES, [state | {"revision": 2}])
        store.insert(
            tables.JOURNEY_STATES,
            [
                {
                    "person_id": BOB,
                    "phase": "engagement",
                    "revision": 1,
                    "touchpoints": 1,
                }
            ],
        )
        store.insert(
            tables.TRANSITIONS,
            [
                transition(2, "awareness", "acquisition"),
                transition(1, "", "awareness"),
                transition(3, "acquisition", "engagement"),
            ],
        )
        store.insert(tables.TOUCHPOINTS, MOVED)
        store.insert(tables.JOURNEY_STATES, MOVED_STATES)
        store.insert(tables.TRANSITIONS, MOVES)
        taken_back = {"revision": 2, "deleted": 1}
        store.insert(tables.THREADS, THREADS)
        again = transition(3, "acquisition", "engagement", **taken_back)
        store.insert(tables.TRANSITIONS, [again])
        duplicate = {"source": "shop", "id": "x", "raw_log": "a"}
        store.insert(
            tables.DUPLICATES, [duplicate | {"raw_offset": n} for n in range(2)]
        )
        letter = {"log": "a", "topic": "t", "stage": "identify", "reason": "empty"}
        store.insert(tables.DEAD_LETTERS, [letter | {"offset": n} for n in range(3)])
        yield store


@pytest.fixture(params=["direct", "over JSON"])
def asker(store: Store, request: pytest.FixtureRequest) -> Asker:
    """Both ways to the folder: by its owner, and by another process over HTTP."""
    return store.asker if request.param == "direct" else OverJson(store.asker)


@pytest.mark.parametrize(
    ("identifier", "persons"),
    [
        (ANNA, [ANNA]),
        ("loyalty_id:77", [ANNA]),
        ("77", [ANNA]),
        ("email_hash:e1", [ANNA]),
        ("customer_id:77", []),
        ("12", [ANNA, BOB]),
        ("loyalty_id:12", [BOB]),
        ("abc", [VISITOR, ANNA]),
        ("nobody", []),
        ("", []),
        ("device_id:", []),
        ("9", []),
        ("' OR 1=1 --", []),
    ],
)
def test_identifiers_lead_to_persons(
    asker: Asker, identifier: str, persons: list[str]
) -> None:
    """A person is found by its id and by every identifier it was seen under."""
    assert find_persons(asker, identifier) == persons


def test_journey_tells_state_sessions_transitions_and_touchpoints(asker: Asker) -> None:
    """The newest state, live sessions, transitions with causes, newest touch first.

    A session that has gone over to another person is not among them.
    """
    found = read_journey(asker, ANNA)
    assert isinstance(found, Journey)
    position = found.position
    assert position is not None
    assert (position.phase, position.revision) == ("acquisition", 2)
    assert position.value_minor == {"EUR": 4999}
    assert position.facts == {"age": "35-44", "size": 2}
    assert position.consent == {"messaging": True}
    assert [(s.session_id, s.status) for s in found.sessions] == [
        ("s3", "open"),
        ("s1", "closed"),
    ]
    assert [(t.transition_no, t.to_phase) for t in found.transitions] == [
        (1, "awareness"),
        (2, "acquisition"),
    ]
    assert found.transitions[1].cause_type == "order_completed"
    assert [
        (t.kind, t.thread_id, t.status, t.steps, t.due_at) for t in found.threads
    ] == [
        ("order", "o1", "open", [], None),
        ("cart", "c1", "completed", ["order_completed"], None),
    ]
    assert [m.at - BASE for m in found.touchpoints] == [3000, 2000, 1000]
    assert [m.value_minor for m in found.touchpoints] == [4999, None, None]
    assert found.identifiers == {
        "customer_id": ["12"],
        "loyalty_id": ["77"],
        "email_hash": ["e1"],
        "anonymous_id": ["abc"],
    }
    assert msgspec.json.decode(msgspec.json.encode(found), type=Journey) == found


def test_a_touchpoint_has_the_phase_of_its_time(asker: Asker) -> None:
    """By the transitions as they are known now, not as it was when it landed; what was
    taken back counts no more, and before the first phase there is none.
    """
    found = read_journey(asker, CARL, "moved")
    assert found is not None
    assert [(m.at - BASE, m.phase) for m in found.touchpoints] == [
        (4000, "onboarding"),
        (3000, "onboarding"),
        (2000, "awareness"),
        (1000, ""),
    ]
    other = read_journey(asker, DORA, "moved")
    assert other is not None
    assert [m.phase for m in other.touchpoints] == ["of her own"]


def test_money_is_told_in_its_currency(
    asker: Asker, capsys: pytest.CaptureFixture[str]
) -> None:
    """A touchpoint's as the orders' beside it, not in its smallest unit."""
    found = read_journey(asker, ANNA)
    assert found is not None
    show_journey(found)
    touchpoints = capsys.readouterr().out.partition("touchpoints, the newest first")[2]
    assert "49.99 EUR" in touchpoints


def test_limit_cuts_touchpoints_and_sessions(asker: Asker) -> None:
    """A long journey is read a page at most."""
    found = read_journey(asker, ANNA, limit=1)
    assert found is not None
    assert [m.type for m in found.touchpoints] == ["order_completed"]
    assert [s.session_id for s in found.sessions] == ["s3"]


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_limit_out_of_range_is_refused(asker: Asker, limit: int) -> None:
    """A limit that makes no sense is a message."""
    with pytest.raises(QuestionError, match="limit"):
        read_journey(asker, ANNA, limit=limit)


def test_person_without_state_has_a_timeline(asker: Asker) -> None:
    """Late touchpoints are shown although no state knows them."""
    found = read_journey(asker, VISITOR)
    assert found is not None
    assert found.position is None
    assert [m.late for m in found.touchpoints] == [True]


def test_unknown_person_and_other_tenants_are_nobody(asker: Asker) -> None:
    """Nothing stored, or stored for another tenant, is None."""
    assert read_journey(asker, "customer_id:404") is None
    assert read_journey(asker, "customer_id:9") is None
    assert read_journey(asker, "customer_id:9", tenant="other") is not None


def test_summary_counts_what_is_stored(asker: Asker) -> None:
    """Touchpoints by type with values, sessions, persons in all five phases, causes."""
    found = summarise(asker)
    assert (found.touchpoints, found.persons) == (6, 2)
    assert [(t.type, t.touchpoints, t.value_minor) for t in found.types] == [
        ("order_completed", 3, {"EUR": 4999, "USD": -5}),
        ("page_viewed", 3, {}),
    ]
    assert [(p.phase, p.persons) for p in found.phases] == [
        ("awareness", 0),
        ("acquisition", 1),
        ("onboarding", 0),
        ("engagement", 1),
        ("advocacy", 0),
    ]
    assert tuple(p.phase for p in found.phases) == PHASES
    assert [(s.kind, s.sessions, s.open) for s in found.session_kinds] == [
        ("web", 2, 1),
        ("store", 1, 1),
    ]
    assert (found.sessions, found.transitions, found.duplicates) == (3, 2, 2)
    assert [(r.stage, r.reason, r.records) for r in found.rejected] == [
        ("identify", "empty", 3)
    ]


def test_summary_of_an_unknown_tenant_is_zero(asker: Asker) -> None:
    """Nothing stored: zeros, and still all five phases."""
    found = summarise(asker, tenant="nobody")
    assert (found.touchpoints, found.sessions, found.persons) == (0, 0, 0)
    assert len(found.phases) == len(PHASES)


def test_spending_counts_an_order_once_and_takes_off_what_was_given_back(
    store: Store,
) -> None:
    """Told by shop and till; refunded twice under one id; cancelled; by currency."""

    def told(second: int, type_: str, minor: int | None, **more: object) -> Row:
        more = {"value_minor": minor, "currency": "EUR", "order_id": "o1"} | more
        return touch("customer_id:spent", second, tenant="spent", type=type_, **more)

    refund = {"properties": '{"refund_id": "r1"}'}
    store.insert(
        tables.TOUCHPOINTS,
        [
            told(1, "order_completed", 10_000),
            told(2, "order_completed", 10_000, source="till"),
            told(3, "order_refunded", 2_500, **refund),
            told(4, "order_refunded", 2_500, source="till", **refund),
            told(5, "order_completed", 700, order_id="o2"),
            told(6, "order_cancelled", None, order_id="o2", currency=""),
            told(7, "order_completed", 300, order_id="o3"),
            told(8, "order_refunded", 900, order_id="o3"),
            told(9, "order_completed", 40, order_id="", currency="USD"),
            told(10, "order_completed", 9_999, order_id="o4", bot=True),
        ],
    )
    found = read_journey(OverJson(store.asker), "customer_id:spent", "spent")
    assert found
    assert [msgspec.structs.astuple(one) for one in found.spending] == [
        ("EUR", 3, 11_000, 3_500),
        ("USD", 1, 40, 0),
    ]
