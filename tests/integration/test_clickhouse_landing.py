"""Records that land: every field, or nothing; over both ways to a database."""

from __future__ import annotations

import pytest

from schemas import tables, topics
from schemas.emotion import Emotions, LastFelt, Tally
from schemas.identity import IdentityLink
from sinks.clickhouse import Database, DatabaseError
from sinks.rows import LANDINGS
from tests.factories.landed import SAMPLES, count, land
from tests.factories.records import (
    FEBRUARY_MS,
    JANUARY_MS,
    dead_letter,
    duplicate,
    encode,
    full_touchpoint,
    journey_state,
    message,
    session,
    thread,
    touchpoint,
    transition,
)

pytestmark = pytest.mark.clickhouse
FELT = Emotions(Tally(3, 217, LastFelt(JANUARY_MS, 0, "shop-web", "e-1", -1.0)))


def test_every_field_of_a_touchpoint_lands(empty: Database) -> None:
    """Each column has its field's value; text and numbers in `properties` stay verbatim."""
    whole = full_touchpoint()
    land(empty, topics.ENRICHED, whole, first=5)
    names = [name for name, _ in tables.TOUCHPOINTS.columns]
    answer = empty.query(
        "SELECT * REPLACE (toUnixTimestamp64Milli(occurred_at) AS occurred_at, "
        "toUnixTimestamp64Milli(received_at) AS received_at, "
        "toUnixTimestamp64Milli(sent_at) AS sent_at) FROM touchpoints"
    )
    row = dict(zip([name for name, _ in answer.columns], answer.rows[0], strict=True))
    assert whole.place is not None
    assert whole.campaign is not None
    flat = {
        **{
            f"campaign_{name}": getattr(whole.campaign, name)
            for name in whole.campaign.__struct_fields__
        },
        **{name: getattr(whole.actor, name) for name in whole.actor.__struct_fields__},
        "store_id": whole.place.store_id,
        "place": encode(whole.place).decode(),
        "properties": bytes(whole.properties).decode(),
        "kafka_log": "log",
        "kafka_partition": 1,
        "kafka_offset": 5,
    }
    assert row == {
        name: flat[name] if name in flat else getattr(whole, name) for name in names
    }


def test_what_a_touchpoint_leaves_out_is_empty(empty: Database) -> None:
    """Absent text is empty, absent money is null."""
    land(empty, topics.ENRICHED, touchpoint(1, actor={}))
    assert empty.query(
        "SELECT place, store_id, campaign_name, customer_id, order_id, currency, "
        "value_minor, sent_at, consent, properties, late, emotion, emotion_observed, "
        "emotion_evidence FROM touchpoints"
    ).rows == [("", "", "", "", "", "", None, None, {}, "{}", False, None, False, "")]


@pytest.mark.parametrize(
    ("topic", "record", "renamed"),
    [
        (topics.DUPLICATES, duplicate(3), {}),
        (
            topics.SESSIONS,
            session(
                3,
                orders=2,
                value_minor=-5,
                currency="EUR",
                campaign="c",
                engaged=True,
                superseded_by="s",
            ),
            {},
        ),
        (topics.DEAD_LETTERS, dead_letter(3, truncated=True), {"payload": "AP8="}),
        (
            topics.TRANSITIONS,
            transition(3, deleted=False),
            {
                "cause_source": "shop-web",
                "cause_id": "e-3",
                "cause_type": "page_viewed",
                "cause_at": JANUARY_MS + 3,
                "deleted": 0,
            },
        ),
        (
            topics.THREADS,
            thread(
                3,
                status="abandoned",
                value_minor=-5,
                currency="EUR",
                steps=["checkout_started", "payment_failed"],
                due_at=JANUARY_MS + 9,
            ),
            {
                "cause_source": "shop-web",
                "cause_id": "e-3",
                "cause_type": "cart_viewed",
                "cause_at": JANUARY_MS + 3,
                "deleted": 0,
            },
        ),
        (
            topics.MESSAGES,
            message(
                3,
                status="cancelled",
                key="c-1",
                expires_at=JANUARY_MS + 9,
                reason="order_completed",
                template="t",
                sent_at=1,
                delivered_at=2,
                opened_at=3,
                clicked_at=4,
                bounced_at=5,
                converted_at=6,
            ),
            {
                "cause_source": "shop-web",
                "cause_id": "e-3",
                "cause_type": "cart_product_added",
                "cause_at": JANUARY_MS + 3,
            },
        ),
        (
            topics.STATES,
            journey_state(3, late=2, orders=1, sessions_total=4, emotions=FELT),
            {
                "emotions_observed": 3,
                "emotions_observed_sum": 2.17,
                "emotions_observed_last": -1.0,
                "emotions_inferred": 0,
                "emotions_inferred_sum": 0,
                "emotions_inferred_last": None,
                "blank": False,
                "facts": '{"household":"2 adults"}',
                "state": encode(
                    journey_state(3, late=2, orders=1, sessions_total=4, emotions=FELT)
                ).decode(),
            },
        ),
        (
            topics.LINKS,
            IdentityLink(
                "default",
                "email_hash:e",
                3,
                "customer_id:1",
                seen_with={"customer_id:1": JANUARY_MS},
                implied_by={"anonymous_id:a": "loyalty_id:2"},
            ),
            {},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, topics.Topic) else "",
)
def test_every_field_of_the_other_records_lands(
    empty: Database, topic: topics.Topic, record: object, renamed: dict[str, object]
) -> None:
    """Each column has its field's value."""
    land(empty, topic, record, first=5)
    table = LANDINGS[topic.name].table
    times = [name for name, kind in table.columns if "DateTime64" in kind]
    replaced = ", ".join(f"toUnixTimestamp64Milli({name}) AS {name}" for name in times)
    replace = f"REPLACE ({replaced})" if replaced else ""
    answer = empty.query(f"SELECT * {replace} FROM {table.name}")
    row = dict(zip([name for name, _ in answer.columns], answer.rows[0], strict=True))
    known = renamed | {"kafka_log": "log", "kafka_partition": 1, "kafka_offset": 5}
    assert row == {
        name: known[name] if name in known else getattr(record, name)
        for name, _ in table.columns
    }


def test_a_deleted_transition_is_not_there(empty: Database) -> None:
    """Later knowledge may take a change of phase back."""
    land(empty, topics.TRANSITIONS, transition(1))
    land(empty, topics.TRANSITIONS, transition(1, 2, deleted=True), first=1)
    assert count(empty, tables.TRANSITIONS, "FINAL") == 0


BROKEN = [
    b"{}",
    b"null",
    b"[]",
    b"5",
    b'"text"',
    b"{",
    b'{"tenant":"a',
    b"}}",
    b"\x00\xff\xfe",
    b'{"tenant":"a"}\n{"kafka_partition":1',
    b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
]


@pytest.mark.parametrize("topic", SAMPLES, ids=lambda topic: topic.name)
@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_record_lands_nothing(
    empty: Database, topic: topics.Topic, broken: bytes
) -> None:
    """It is told as poison, and none of its neighbours has landed either."""
    with pytest.raises(DatabaseError) as caught:
        land(empty, topic, broken)
    assert caught.value.kind == "poison"
    assert count(empty, LANDINGS[topic.name].table) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"occurred_at": -1},
        {"occurred_at": 4_102_444_800_000},
        {"received_at": 2**62},
        {"sent_at": -(2**62)},
        {"occurred_at": "now"},
        {"raw_partition": -1},
        {"late": "yes"},
        {"emotion": 2.5},
        {"emotion": -40},
        {"consent": [1]},
        {"actor": []},
        {"tenant": ""},
        {"id": ""},
    ],
    ids=str,
)
def test_a_wrong_field_lands_nothing(empty: Database, wrong: dict[str, object]) -> None:
    """A good record beside it does not land either: an insert is all or nothing."""
    with pytest.raises(DatabaseError) as caught:
        land(
            empty, topics.ENRICHED, touchpoint(1), touchpoint(2, **wrong), touchpoint(3)
        )
    assert caught.value.kind == "poison"
    assert count(empty, tables.TOUCHPOINTS) == 0


@pytest.mark.parametrize(
    ("topic", "wrong"),
    [
        (topics.SESSIONS, session(1, ended_at=2**62)),
        (topics.TRANSITIONS, transition(1, occurred_at=-1)),
        (topics.THREADS, thread(1, due_at=2**62)),
        (topics.STATES, journey_state(1, last_at=2**62)),
        (topics.MESSAGES, message(1, opened_at=2**62)),
        (topics.DUPLICATES, duplicate(1, occurred_at=2**62)),
        (topics.DEAD_LETTERS, dead_letter(1, received_at=2**62)),
    ],
    ids=lambda value: value.name if isinstance(value, topics.Topic) else "",
)
def test_a_time_that_no_calendar_has_lands_nothing(
    empty: Database, topic: topics.Topic, wrong: object
) -> None:
    """One such row would make the column unreadable for everybody."""
    with pytest.raises(DatabaseError) as caught:
        land(empty, topic, wrong)
    assert caught.value.kind == "poison"


def test_an_insert_is_one_part_for_each_month(empty: Database) -> None:
    """A part is atomic and carries its marks; a month in two parts could land by half."""
    empty.command("SYSTEM STOP MERGES touchpoints")
    try:
        values = [
            touchpoint(n, occurred_at=(JANUARY_MS, FEBRUARY_MS)[n % 2] + n)
            for n in range(30_000)
        ]
        land(empty, topics.ENRICHED, *values)
        assert empty.query(
            "SELECT partition, count(), sum(rows) FROM system.parts WHERE active "
            "AND database = currentDatabase() AND table = 'touchpoints' "
            "GROUP BY partition ORDER BY partition"
        ).rows == [("202401", 1, 15_000), ("202402", 1, 15_000)]
    finally:
        empty.command("SYSTEM START MERGES touchpoints")


def test_a_batch_may_touch_more_months_than_the_engine_likes(empty: Database) -> None:
    """A late file over many years lands all the same."""
    values = [touchpoint(n, occurred_at=1 + n * 31 * 86_400_000) for n in range(150)]
    land(empty, topics.ENRICHED, *values)
    assert count(empty, tables.TOUCHPOINTS) == 150


def test_two_deliveries_of_a_touchpoint_are_one_row(empty: Database) -> None:
    """Even in one insert; the row that took part in the journey is the one that stays."""
    folded = touchpoint(1, session_id="s", phase="engagement")
    late = touchpoint(
        1, session_id="", late=True, received_at=FEBRUARY_MS, raw_offset=9
    )
    land(empty, topics.ENRICHED, folded, late)
    land(empty, topics.ENRICHED, late, first=2)
    assert empty.query(
        "SELECT session_id, phase, late, raw_offset FROM touchpoints FINAL"
    ).rows == [("s", "engagement", False, 1)]


def test_a_session_goes_over_to_another_person(empty: Database) -> None:
    """A newer revision replaces the row, whoever it was of."""
    land(
        empty, topics.SESSIONS, session(1, 2), session(1, 4, person_id="customer_id:0")
    )
    land(empty, topics.SESSIONS, session(1, 3), first=2)
    assert empty.query("SELECT person_id, revision FROM sessions FINAL").rows == [
        ("customer_id:0", 4)
    ]


def test_the_sessions_of_a_person_are_found_by_the_projection(empty: Database) -> None:
    """Though the table is in the order of session ids, which say nothing of persons."""
    land(empty, topics.SESSIONS, *(session(n) for n in range(20_000)))
    plan = empty.query(
        "EXPLAIN SELECT session_id FROM sessions "
        "WHERE tenant = 'default' AND person_id = 'customer_id:1'"
    ).rows
    assert any("(persons)" in str(row[0]) for row in plan), plan
