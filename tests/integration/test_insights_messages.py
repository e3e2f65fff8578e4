"""Messages as they are asked for, on the embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.asker import QuestionError, question
from insights.messages import by_rule, count_consents, list_messages
from schemas import tables
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.clickhouse
BASE = 1_700_000_000_000
ANNA = "customer_id:1"


def message(number: int, status: str = "due", revision: int = 1, **more: object) -> Row:
    """One version of a message."""
    return {
        "message_id": f"m{number}",
        "person_id": ANNA,
        "revision": revision,
        "status": status,
        "rule": "abandoned_cart",
        "channels": ["email"],
        "due_at": BASE + number,
        **more,
    }


ROWS = [
    message(1),
    message(1, revision=2, sent_at=BASE + 5, converted_at=BASE + 9),
    message(2, sent_at=BASE + 5, opened_at=BASE + 6, clicked_at=BASE + 7),
    message(3),
    message(3, "cancelled", revision=2, reason="order_completed"),
    message(4, "held_out"),
    message(5, "held_out", converted_at=BASE + 9),
    message(6, rule="welcome", person_id="customer_id:2"),
    message(7, tenant="other"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Messages of two persons, and one of another tenant."""
    with open_store(tmp_path_factory.mktemp("messages")) as store:
        for row in ROWS:
            store.insert(tables.MESSAGES, [row])
        yield store


def test_consents_are_counted_by_purpose(store: Store) -> None:
    """Of persons, not of what merged into them, nor of bots; a refusal is none."""
    known = [
        {"person_id": "a", "consent": {"messaging": True, "profiling": False}},
        {"person_id": "b", "consent": {"messaging": False}},
        {"person_id": "c"},
        {"person_id": "d", "consent": {"messaging": True}, "merged_into": "a"},
        {"person_id": "bot", "consent": {"messaging": True}, "touchpoints": 0},
        {"person_id": "e", "consent": {"messaging": True}, "tenant": "other"},
    ]
    for row in known:
        store.insert(tables.JOURNEY_STATES, [{"revision": 1, "touchpoints": 1, **row}])
    found = count_consents(OverJson(store.asker))
    assert (found.persons, found.given["messaging"]) == (3, 1)
    assert not found.given.get("profiling")


def test_messages_are_counted_by_rule(store: Store) -> None:
    """Each once, as its newest record has it; and compared with those held out."""
    carts, welcomes = by_rule(OverJson(store.asker))
    assert (carts.due, carts.held_out, carts.cancelled) == (2, 2, 1)
    assert (carts.sent, carts.opened, carts.clicked, carts.bounced) == (2, 1, 1, 0)
    assert (carts.rate, carts.rate_held_out, carts.lift) == (0.5, 0.5, 0.0)
    assert (welcomes.rule, welcomes.due, welcomes.lift) == ("welcome", 1, None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["m6", "m5", "m4", "m3", "m2", "m1"]),
        ({"person_id": ANNA, "status": "due"}, ["m2", "m1"]),
        ({"rule": "welcome"}, ["m6"]),
        ({"status": "cancelled"}, ["m3"]),
        ({"limit": 2}, ["m6", "m5"]),
        ({"since": BASE + 2, "until": BASE + 4}, ["m3", "m2"]),
    ],
)
def test_messages_are_listed(
    store: Store, asked: dict[str, object], found: list[str]
) -> None:
    """The newest first, of one person, rule or status."""
    listed = list_messages(store.asker, **asked)  # type: ignore[arg-type]
    assert [one.message_id for one in listed] == found


def test_a_message_says_why(store: Store) -> None:
    """What happened instead, and where it was to go."""
    (one,) = list_messages(store.asker, status="cancelled")
    assert (one.reason, one.channels, one.sent_at) == ("order_completed", ["email"], 0)


def test_messages_of_one_person_are_found_by_the_index(store: Store) -> None:
    """Of the column that has it: what holds after a join passes over nothing."""
    values = {
        "tenant": "default", "person_id": ANNA, "rule": "", "status": "", "limit": 9,
        "since": 0, "until": 2**41,
    }  # fmt: skip
    asked = f"EXPLAIN indexes = 1 {question('messages_list')}"
    plan = "\n".join(str(row[0]) for row in store.asker.ask(asked, values).rows)
    assert "Name: person" in plan


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"status": "sent"}])
def test_a_wrong_question_is_refused(store: Store, wrong: dict[str, object]) -> None:
    """With a word on what to change."""
    with pytest.raises(QuestionError):
        list_messages(store.asker, **wrong)  # type: ignore[arg-type]


def test_messages_follow_who_somebody_turned_out_to_be(store: Store) -> None:
    """What was due to a visitor is a message of the customer that they are."""
    merged: Row = {"tenant": "merged", "revision": 1}
    store.insert(
        tables.JOURNEY_STATES,
        [merged | {"person_id": ANNA, "members": ["anonymous_id:x"]}],
    )
    visitor = message(1, person_id="anonymous_id:x", tenant="merged")
    store.insert(tables.MESSAGES, [visitor, message(2, tenant="merged")])
    asker = OverJson(store.asker)
    listed = list_messages(asker, person_id=ANNA, tenant="merged")
    assert [(one.message_id, one.person_id) for one in listed] == [
        ("m2", ANNA),
        ("m1", ANNA),
    ]
