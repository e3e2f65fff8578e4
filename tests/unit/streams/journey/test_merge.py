"""Merging states: what has no place among the properties."""

import functools
import inspect
import itertools
import random
import re
from dataclasses import replace

import pytest
from msgspec import Raw, json, structs

from schemas.facts import Fact
from schemas.journey import Copy, JourneyState
from schemas.topics import MAX_RECORD_BYTES
from schemas.vocabulary import NAMESPACES
from streams.identity.strength import strength, stronger
from streams.journey import aggregate, merge, split, statements
from streams.journey.live import Journey, Verdict, decode_state, encode_state
from streams.journey.merge import content, detach
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, decode_seen
from tests.factories.histories import Event, days_later, folded, seen_of
from tests.factories.identified import MINUTE_MS, START_MS, identified, rules

RULES = rules()
CUSTOMER, VISITOR = "customer_id:1", "anonymous_id:a"


def visits(*minutes: int, person: str = CUSTOMER, prefix: str = "e") -> JourneyState:
    history = [Event(minute, "page_viewed", person, "d1", 0) for minute in minutes]
    return folded(person, seen_of(history, prefix), RULES)


def test_every_field_of_a_state_says_how_it_merges() -> None:
    """A field that no line of the merge names would be lost: nobody may forget one."""
    modules = (merge, split, aggregate, statements)
    text = "".join(map(inspect.getsource, modules))
    forgotten = [
        name
        for name in JourneyState.__struct_fields__
        if not re.search(rf"\bstate\.{name}\b", text)
    ]
    positional = {"tenant", "person_id"}
    # These are the identifier's own, whoever it is one with: identities.py keeps them.
    own = {"links", "identity", "merged_into"}
    assert set(forgotten) <= positional | own


def test_every_field_is_content_or_bookkeeping() -> None:
    """What states have to agree on is everything that is not named as bookkeeping."""
    fields = set(JourneyState.__struct_fields__)
    assert fields > merge.BOOKKEEPING
    assert set(content(JourneyState(0, 0, "", ""))) == fields - merge.BOOKKEEPING


def test_the_strongest_namespace_names_the_person_then_the_smallest_value() -> None:
    """As the vocabulary orders the namespaces; nobody's name is weaker than any other."""
    names = [f"{namespace}:{value}" for namespace in NAMESPACES for value in "ab"]
    assert sorted([*reversed(names), "custom:a", ""], key=strength) == [
        *names,
        "custom:a",
        "",
    ]
    assert stronger("customer_id:2", "customer_id:10") == "customer_id:10"
    assert stronger("", "anonymous_id:a") == "anonymous_id:a"


def test_persons_of_two_tenants_are_never_one() -> None:
    """Merging them is refused."""
    other = JourneyState(0, 0, "another", CUSTOMER)
    with pytest.raises(ValueError, match="tenants"):
        merge.merge(visits(0), other, RULES)


def test_a_visitors_session_that_a_customer_goes_on_with_is_one() -> None:
    """30 minutes after the visitor the customer goes on: one session, the visitor's."""
    visitor = visits(0, person=VISITOR, prefix="v")
    customer = visits(30)
    joined = merge.merge(visitor, customer, RULES)
    assert joined.person_id == CUSTOMER
    assert joined.members == [CUSTOMER, VISITOR]
    assert joined.sessions_total == 1
    assert [s.session_id for s in joined.sessions] == [visitor.sessions[0].session_id]
    assert joined.sessions[0].touchpoints == 2


def test_a_millisecond_more_than_the_gap_leaves_two_sessions() -> None:
    """30 minutes and a millisecond of silence between visitor and customer: two."""
    visitor = visits(0, person=VISITOR, prefix="v")
    later = [Event(30, "page_viewed", CUSTOMER, "d1", 2)]
    seen = seen_of(later)
    assert seen[0].occurred_at == START_MS + 30 * MINUTE_MS + 1
    joined = merge.merge(visitor, folded(CUSTOMER, seen, RULES), RULES)
    assert joined.sessions_total == 2


def test_a_newer_version_of_a_state_replaces_the_older() -> None:
    """Merging a person with an older record of itself changes nothing, though much of it
    has become final since.
    """
    history = [Event(60 * hour, "page_viewed", CUSTOMER, "d1", 0) for hour in range(30)]
    made = seen_of(history)
    older = folded(CUSTOMER, made[:20], RULES)
    newer = folded(CUSTOMER, made, RULES, until=days_later(3))
    assert older.recent
    assert newer.known
    assert content(merge.merge(older, newer, RULES)) == content(newer)


def test_a_touchpoint_that_two_members_had_counts_once_and_is_noted() -> None:
    """Sent under two names it stays with the stronger one; that it was shared is counted."""
    under_both = [
        folded(name, seen_of([Event(0, "page_viewed", name, "d1", 0)]), RULES)
        for name in (VISITOR, CUSTOMER)
    ]
    joined = merge.merge(*under_both, RULES)
    assert (joined.touchpoints, joined.given_up) == (1, {"shared": 1})
    assert joined.copies == [Copy(VISITOR, "shop", "e0")]
    rest, own = detach(joined, VISITOR, RULES)
    assert (rest.touchpoints, own.touchpoints) == (1, 0)


def test_what_counts_stays_and_what_does_not_is_the_copy() -> None:
    """Sent again by a queue that looks like a bot, or too late: the row under the weaker
    name is the one that answers count.
    """
    (seen,) = seen_of([Event(0, "order_completed", VISITOR, "d1", 1)])
    visitor = folded(VISITOR, [seen], RULES)
    again = structs.replace(seen, person_id=CUSTOMER)
    for odd in ({"bot": True}, {"overdue": True}):
        customer = folded(CUSTOMER, [structs.replace(again, **odd)], RULES)
        joined = merge.merge(customer, visitor, RULES)
        assert (joined.orders, joined.touchpoints) == (1, 1)
        assert joined.copies == [Copy(CUSTOMER, "shop", "e0")]


def test_a_name_that_lost_a_touchpoint_to_another_knows_it_still() -> None:
    """Parted, and sent once more under its own name: there is a row, and it is a copy."""
    (seen,) = seen_of([Event(0, "page_viewed", VISITOR, "d1", 0)])
    again = structs.replace(seen, person_id=CUSTOMER)
    joined = merge.merge(
        folded(VISITOR, [seen], RULES), folded(CUSTOMER, [again], RULES), RULES
    )
    rest, own = detach(joined, VISITOR, RULES)
    for state, told in ((own, seen), (rest, again)):
        assert Journey(state, RULES, 0).fold(told, 0)[0] is Verdict.DUPLICATE


def test_no_row_is_called_a_copy_that_may_be_another_names() -> None:
    """Where names were too many to tell whose row it is, none is named."""
    few = replace(RULES.policy, max_members=2)
    crowded = replace(RULES, policy=few)
    names = [CUSTOMER, "customer_id:2", VISITOR, "anonymous_id:b"]
    states = [
        folded(name, seen_of([Event(0, "page_viewed", name, "d1", 0)]), crowded)
        for name in names
    ]
    joined = functools.reduce(lambda a, b: merge.merge(a, b, crowded), states)
    assert joined.touchpoints == 1
    assert joined.copies == [Copy("customer_id:2", "shop", "e0")]


def test_copies_of_a_name_that_was_folded_in_stay_with_the_person() -> None:
    """Its history can no longer be taken out of the person's own; nor can its copies."""
    crowded = replace(RULES, policy=replace(RULES.policy, max_members=2))
    twice = [
        folded(name, seen_of([Event(0, "page_viewed", name, "d1", 0)]), crowded)
        for name in (VISITOR, CUSTOMER)
    ]
    other = visits(9, person="customer_id:2", prefix="o")
    joined = merge.merge(merge.merge(*twice, crowded), other, crowded)
    assert joined.members == [CUSTOMER, "customer_id:2"]
    rest, own = detach(joined, "customer_id:2", crowded)
    assert rest.copies == joined.copies == [Copy(VISITOR, "shop", "e0")]
    assert own.copies == []


def test_copies_are_bounded_and_what_is_beyond_is_counted() -> None:
    """A state has to fit into a record."""
    policy = replace(RULES.policy, max_copies=2)
    bounded = replace(RULES, policy=policy)
    states = [
        folded(
            name,
            seen_of([Event(n, "page_viewed", name, "d1", 0) for n in range(5)]),
            bounded,
        )
        for name in (VISITOR, CUSTOMER)
    ]
    joined = merge.merge(*states, bounded)
    assert [one.id for one in joined.copies] == ["e0", "e1"]
    assert joined.given_up == {"shared": 5, "copies": 3}


def test_revisions_are_newer_than_any_before() -> None:
    """A joined state is newer than both; both of a parted one are newer than it was."""
    one, other = visits(0, 1, 2), visits(5, person=VISITOR, prefix="v")
    joined = merge.merge(other, one, RULES)
    assert joined.revision > max(one.revision, other.revision)
    assert all(s.revision > joined.revision for s in detach(joined, VISITOR, RULES))


def test_a_person_of_one_name_carries_nothing_for_merging() -> None:
    """The record of somebody who was never merged has no members, parts or counts."""
    text = encode_state(visits(0, 1))
    for name in (b"members", b"parts", b"joined", b"given_up"):
        assert name not in text


def test_a_merged_state_is_the_same_after_its_record() -> None:
    """Members and parts survive the wire."""
    joined = merge.merge(visits(0), visits(5, person=VISITOR, prefix="v"), RULES)
    assert decode_state(encode_state(joined)) == joined


def test_facts_of_before_the_members_are_read() -> None:
    """A record written before facts had members is read: all of them are the person's."""
    fact = Fact(1, 0, "shop", "e", "page_viewed", 2)
    old = json.encode(structs.astuple(fact)[:12])
    assert json.decode(old, type=Fact) == fact


def test_members_beyond_the_bound_become_the_persons_own() -> None:
    """No more than `max_members` can be parted again; the sums stay right."""
    small = rules(SessionPolicy(max_members=2))
    whole = visits(0)
    for number, name in enumerate("abc"):
        person = f"anonymous_id:{name}"
        whole = merge.merge(whole, visits(number, person=person, prefix=name), small)
    assert whole.members == [CUSTOMER, "anonymous_id:a"]
    assert (whole.touchpoints, whole.given_up) == (4, {"members": 2})
    assert detach(whole, "anonymous_id:a", small)[0].touchpoints == 3


def test_what_many_members_stated_fits_into_one_state() -> None:
    """Twenty devices of one customer, each told hundreds of long facts, in any order."""
    rng = random.Random(1)
    facts = {f"fact {number:03}": "x" * 1_800 for number in range(256)}

    def told(number: int) -> list[Seen]:
        return [
            decode_seen(
                json.encode(
                    identified(
                        f"{number}",
                        "customer_updated",
                        person=f"anonymous_id:{number:02}",
                        properties=Raw(json.encode({"facts": facts})),
                    )
                )
            )
        ]

    states = [folded(f"anonymous_id:{n:02}", told(n), RULES) for n in range(20)]
    found = []
    for _ in range(2):
        rng.shuffle(states)
        whole = functools.reduce(lambda a, b: merge.merge(a, b, RULES), states)
        found.append(content(whole))
    assert found[0] == found[1]
    assert len(encode_state(whole)) < 5_000_000
    journey = Journey(whole, RULES, 0)
    for number in range(20):
        (again,) = told(number)
        journey.fold(structs.replace(again, id=f"again {number}"), 0)
    assert len(encode_state(journey.state)) < 5_000_000
    assert journey.state.facts == whole.facts


def test_long_names_of_what_many_members_stated_fit_into_one_state() -> None:
    """A name is held twice, beside the value and beside its time; consents count too."""
    rng = random.Random(1)

    def told(number: int) -> list[Seen]:
        names = [rng.randbytes(900).hex() for _ in range(300)]
        seen = identified(
            f"{number}",
            "customer_updated",
            person=f"anonymous_id:{number:02}",
            properties=Raw(json.encode({"facts": dict.fromkeys(names, 1)})),
            consent={f"{name[:500]}é\x01": True for name in names},
        )
        return [decode_seen(json.encode(seen))]

    for members in (1, 3, 4, 9, 20):
        states = [
            folded(f"anonymous_id:{n:02}", told(n), RULES) for n in range(members)
        ]
        whole = functools.reduce(lambda a, b: merge.merge(a, b, RULES), states)
        assert len(encode_state(whole)) < 0.75 * MAX_RECORD_BYTES, members


def test_what_is_left_out_of_statements_is_told_in_any_order() -> None:
    """Too many names, or more than fit beside those of the other members: once."""
    small = rules(SessionPolicy(max_statements=4, max_member_statements=6))

    def stated(person: str, *names: str) -> JourneyState:
        one = identified(
            person,
            "customer_updated",
            person=f"anonymous_id:{person}",
            properties=Raw(json.encode({"facts": dict.fromkeys(names, 1)})),
        )
        return folded(f"anonymous_id:{person}", [decode_seen(json.encode(one))], small)

    assert stated("a", *"abcd").given_up == {}
    assert stated("a", *"abcde").given_up == {"statements": 1}
    three = [stated(name, name) for name in "abc"]
    for order in itertools.permutations(three):
        whole = functools.reduce(lambda a, b: merge.merge(a, b, small), order)
        assert whole.given_up == {"statements": 1}
        assert merge.merge(whole, whole, small).given_up == {"statements": 1}
