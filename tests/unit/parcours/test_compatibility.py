"""What breaks those who rely on a topic, rule by rule, and what does not."""

from dataclasses import replace
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct, defstruct

from parcours.contracts.compatibility import breaks_between
from parcours.contracts.json_schema import schema_of
from schemas.topics import SOURCES, Topic

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
READ = Topic("parcours.things.v1", "agent journey", "tenant", Struct, DAY_MS)
SENT = replace(READ, owner=SOURCES)
BASE = [("id", str), ("at", int), ("name", str, ""), ("value", int | None, None)]


class Cause(Struct):
    type: str


class Wider(Struct):
    type: str | None


class Pair(Struct, array_like=True):
    first: int
    second: str = ""


class Longer(Struct, array_like=True):
    first: int
    second: str = ""
    third: int = 0


class Swapped(Struct, array_like=True):
    second: int
    first: str = ""


class Shorter(Struct, array_like=True):
    first: int


class Node(Struct):
    children: "list[Node]" = []


Change = tuple[list[tuple], list[tuple]]


def found(topic: Topic, change: Change) -> list[str]:
    """Where and why, from the fields before to the fields after."""
    old, new = (replace(topic, record=defstruct("Thing", f)) for f in change)
    return [
        f"{b.field}: {b.why}" for b in breaks_between(schema_of(old), schema_of(new))
    ]


def field(old: tuple, new: tuple) -> Change:
    """A change of the one field that there is."""
    return [("x", *old)], [("x", *new)]


MOST_10 = Annotated[int, Meta(le=10)]
MOST_20 = Annotated[int, Meta(le=20)]
LEAST_1 = Annotated[str, Meta(min_length=1)]
CAPITALS = Annotated[str, Meta(pattern="^[A-Z]$")]

BREAKS_BOTH: dict[str, tuple[Change, str]] = {
    "field removed": ((BASE, BASE[:-1]), "value: removed"),
    "field renamed": (([("a", str)], [("b", str)]), "a: removed"),
    "type changed": (field((int,), (str,)), "type changed from integer to string"),
    "type inside changed": (field((list[int],), (list[str],)), "x[]: type changed"),
    "values of a map changed": (
        field((dict[str, int],), (dict[str, str],)),
        "x.*: type changed",
    ),
    "map became an array": (
        field((dict[str, int],), (list[int],)),
        "from map to array",
    ),
    "default changed": (field((int, 0), (int, 1)), "default changed from 0 to 1"),
    "encoding changed": (field((str,), (bytes,)), "contentEncoding changed"),
    "pattern changed": (
        field((CAPITALS,), (Annotated[str, Meta(pattern="^[A-Z]+$")],)),
        "pattern changed",
    ),
    "position renamed": (field((Pair,), (Swapped,)), "x[0]: was first and is second"),
    "position removed": (field((Pair,), (Shorter,)), "x[1]: removed"),
    "nested field removed": (
        field((Cause,), (defstruct("Cause", [("other", str, "")]),)),
        "x.type: removed",
    ),
}
BREAKS_READERS: dict[str, tuple[Change, str]] = {
    "made optional": (field((str,), (str, "")), "x: became optional"),
    "may be null": (field((str,), (str | None,)), "from string to string or null"),
    "may be anything": (field((str,), (Any,)), "from string to anything"),
    "nested may be null": (field((Cause,), (Wider,)), "x.type: type changed"),
    "more values": (
        field((Literal["a"],), (Literal["a", "b"],)),
        "allowed values changed",
    ),
    "larger": (field((MOST_10,), (MOST_20,)), "maximum changed from 10 to 20"),
    "unlimited": (field((MOST_10,), (int,)), "maximum changed from 10 to none"),
    "any text": (field((CAPITALS,), (str,)), "pattern changed"),
    "may be empty": (field((LEAST_1,), (str,)), "minLength changed from 1 to none"),
    "fractions": (field((int,), (float,)), "from integer to number"),
}
BREAKS_WRITERS: dict[str, tuple[Change, str]] = {
    "required added": (
        (BASE, [("new", int), *BASE]),
        "new: added as required",
    ),
    "made required": (field((str, ""), (str,)), "x: became required"),
    "null no more": (field((str | None,), (str,)), "from string or null to string"),
    "fewer values": (
        field((Literal["a", "b"],), (Literal["a"],)),
        "allowed values changed",
    ),
    "not any text": (
        field((str,), (Literal["a"],)),
        "allowed values changed from anything",
    ),
    "smaller": (field((MOST_20,), (MOST_10,)), "maximum changed from 20 to 10"),
    "limited": (field((str,), (LEAST_1,)), "minLength changed from none to 1"),
    "whole numbers only": (field((float,), (int,)), "from number to integer"),
    "one position more needed": (
        field(
            (Shorter,),
            (defstruct("Two", [("first", int), ("b", int)], array_like=True),),
        ),
        "minItems changed from 1 to 2",
    ),
}
FINE_BOTH: dict[str, Change] = {
    "nothing": (BASE, BASE),
    "optional field added": (BASE, [*BASE, ("new", str, "")]),
    "order of fields": (BASE[:2], BASE[1::-1]),
    "position added": field((Pair,), (Longer,)),
    "nested optional added": field(
        (Cause,), (defstruct("Cause", [("type", str), ("more", int, 0)]),)
    ),
    "recursive": field((Node,), (Node,)),
    "a map of anything": field((dict,), (dict,)),
}


@pytest.mark.parametrize("topic", [READ, SENT], ids=["read", "sent"])
@pytest.mark.parametrize("name", BREAKS_BOTH)
def test_breaks_readers_and_writers(topic: Topic, name: str) -> None:
    """Whoever relies on the field cannot go on; the answer says where and why."""
    change, why = BREAKS_BOTH[name]
    assert why in "\n".join(found(topic, change))


@pytest.mark.parametrize("name", BREAKS_READERS)
def test_breaks_readers_alone(name: str) -> None:
    """A topic may not give more than its readers know; it may accept more."""
    change, why = BREAKS_READERS[name]
    (one,) = found(READ, change)
    assert why in one
    assert found(SENT, change) == []


@pytest.mark.parametrize("name", BREAKS_WRITERS)
def test_breaks_writers_alone(name: str) -> None:
    """A topic may not ask for more than its writers know; it may give more exactly."""
    change, why = BREAKS_WRITERS[name]
    (one,) = found(SENT, change)
    assert why in one
    assert found(READ, change) == []


@pytest.mark.parametrize("topic", [READ, SENT], ids=["read", "sent"])
@pytest.mark.parametrize("name", FINE_BOTH)
def test_breaks_nobody(topic: Topic, name: str) -> None:
    """Old readers and writers go on as they are."""
    assert found(topic, FINE_BOTH[name]) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"key": "person"}, "key changed"),
        ({"retention_ms": None}, "cleanup.policy changed from 'delete' to 'compact'"),
        ({"retention_ms": HOUR_MS}, "retention.ms shortened"),
        ({"internal": True}, "internal now"),
        ({"tombstone": "gone"}, "or null"),
        ({"owner": SOURCES}, "direction changed"),
    ],
)
def test_a_topic_breaks_as_a_whole(change: dict[str, object], why: str) -> None:
    """Key, compaction, time kept, side and openness are promised too."""
    topic = replace(READ, record=defstruct("Thing", BASE))
    changed = replace(topic, **change)
    broken = breaks_between(schema_of(topic), schema_of(changed))
    assert any(why in one.why for one in broken)
    assert {(one.topic, one.field) for one in broken} == {(READ.name, "")}


def test_a_topic_that_is_gone_breaks() -> None:
    """And one that is kept longer does not."""
    topic = replace(READ, record=defstruct("Thing", BASE))
    assert "removed" in breaks_between(schema_of(topic), None)[0].why
    longer = replace(topic, retention_ms=2 * DAY_MS)
    assert breaks_between(schema_of(topic), schema_of(longer)) == []


def test_bookkeeping_is_promised_to_nobody() -> None:
    """Private fields may change and go; a promised one may not become private."""
    whole = replace(READ, record=defstruct("Thing", BASE))
    hiding = replace(whole, private_from="value")
    without = replace(READ, record=defstruct("Thing", BASE[:-1]))
    assert breaks_between(schema_of(hiding), schema_of(without)) == []
    assert breaks_between(schema_of(hiding), schema_of(whole)) == []
    (one,) = breaks_between(schema_of(whole), schema_of(hiding))
    assert (one.field, one.why.split(";")[0]) == ("value", "is bookkeeping now")


def test_a_break_reads_like_a_sentence() -> None:
    """Topic, field, reason."""
    change = ([("a", Cause)], [("a", defstruct("Cause", [("b", int, 0)]))])
    old, new = (replace(READ, record=defstruct("Thing", f)) for f in change)
    (one,) = breaks_between(schema_of(old), schema_of(new))
    assert str(one) == (
        "parcours.things.v1, a.type: removed; who relies on it is left without"
    )
