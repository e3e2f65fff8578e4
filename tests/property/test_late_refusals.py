"""Properties of refusals that come late: marks, whatever the order and the crashes."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from schemas.progress import Tick
from schemas.touchpoint import Touchpoint
from streams.journey.live import decode_state
from tests.factories.crashing import killed
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    START_MS,
    Record,
    identified,
    records,
)
from tests.factories.messages import (
    Mailbox,
    all_rules,
    cart,
    message_rules,
    messaging_partition,
)

RULES = message_rules(consent={"unless_stated": "refused"})
NOW = START_MS + 9 * DAY_MS

# Statements of the days before: all too late for the web's and the mail's lateness.
statements = st.lists(
    st.tuples(
        st.integers(0, 8 * 4).map(lambda q: START_MS + q * DAY_MS // 4),
        st.sampled_from(["given", "refused", "unsubscribed"]),
    ),
    max_size=8,
)


def statement(number: int, at: int, said: str) -> Touchpoint:
    if said == "unsubscribed":
        return identified(f"s{number}", "unsubscribed", at=at)
    consent = {"messaging": said == "given"}
    return identified(f"s{number}", "consent_updated", at=at, consent=consent)


def moment(offset: int, at: int) -> Record:
    return Record(offset, None, json.encode(Tick("raw", at, {0: at}, {})), at)


@settings(max_examples=150, deadline=None)
@given(statements, statements, st.sampled_from([1, 3]), st.integers(0, 2**32))
def test_the_newest_of_what_came_in_time_and_of_all_refusals_holds(
    early: list, late: list, hours: int, seed: int
) -> None:
    """In the state and for the message, in any order, killed and replayed or not.

    Whether the message is out by then, or an hour away.
    """
    chance = random.Random(seed)
    in_time = [statement(n, *said) for n, said in enumerate(early)]
    delayed = [statement(99 + n, *said) for n, said in enumerate(late)]
    chance.shuffle(in_time)
    chance.shuffle(delayed)
    log = records([*in_time, cart(at=NOW)])
    log.append(moment(len(log), NOW + hours * HOUR_MS))
    log += records(delayed, len(log))
    log.append(moment(len(log), NOW + DAY_MS))

    journeys, box, crashed = messaging_partition(RULES), Mailbox(), Mailbox()
    box.take(journeys.apply(log))
    killed(log, all_rules(RULES), chance, crashed.take)

    counting = [*early, *(said for said in late if said[1] != "given")]
    agreed = [(at, said != "given") for at, said in counting]
    (value,) = journeys.states.values()
    state = decode_state(value)
    if not agreed:
        assert state.consent == {}
        assert not box.standing
        return
    at, refused = max(agreed)
    assert state.consent == {"messaging": not refused}
    assert state.consent_at == {"messaging": at}
    assert [one.status for one in box.standing] == ([] if refused else ["due"])
    assert crashed.standing == box.standing
