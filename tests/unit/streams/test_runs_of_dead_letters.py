"""When a worker stops for dead letters: in both steps, over whole batches."""

import asyncio

import pytest
from msgspec import json

from schemas.progress import History
from schemas.topics import DEAD_LETTERS, IDENTIFIED, RAW
from streams.dead_letter import DeadLetterLimit, DeadLetterPolicy, TooManyDeadLetters
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.identifying import IdentifyStep
from streams.journeying import JourneyStep
from streams.kafka import TopicFacts
from streams.restore import Restored
from streams.seal import Sealer
from streams.store.folder import StateFolder
from tests.factories.identified import START_MS, Record, identified, records, rules
from tests.factories.raw import RECEIVED_AT, raw_bytes

SECRET = "a secret of the tests only"
FACTS = {topic.name: TopicFacts("log", 1) for topic in (RAW, IDENTIFIED, DEAD_LETTERS)}
LIMIT = DeadLetterPolicy(max_run=3, bug_max_run=2)


def identifying() -> IdentifyStep:
    identifier = Identifier(IdentifyPolicy(SECRET))
    return IdentifyStep(identifier, Sealer(SECRET), DeadLetterLimit(LIMIT), FACTS)


def raw(*values: bytes) -> list[Record]:
    return [Record(n, None, value, RECEIVED_AT) for n, value in enumerate(values)]


def journeying() -> JourneyStep:
    folder = StateFolder("", "log", lambda: 0.0)
    step = JourneyStep(rules(), Sealer(SECRET), DeadLetterLimit(LIMIT), FACTS, folder)
    asyncio.run(step.open([0]))
    step.adopt(0, Restored(None, 0, 0))
    return step


def told(bad: set[int], count: int) -> list[Record]:
    """Touchpoints of one person, some of which the fold cannot take."""
    made = []
    for number in range(count):
        type_ = "customer_updated" if number in bad else "page_viewed"
        made.append(identified(f"e{number}", type_, at=START_MS + number))
    found = records(made)
    return [
        one._replace(value=(one.value or b"").replace(b":{}", b':{"facts":7}'))
        if one.offset in bad
        else one
        for one in found
    ]


def test_rubbish_among_good_records_stops_nobody() -> None:
    """However many in one batch: between two of them something passed."""
    good = raw_bytes(type="page_viewed")
    out = identifying().compute(0, raw(*([b"rubbish", good] * 20)))
    assert (out.emitted, out.rejected) == (20, {"invalid_json": 20})


def test_rubbish_alone_stops_the_first_step() -> None:
    """So many in a row, in one batch or over several."""
    step = identifying()
    step.compute(0, raw(raw_bytes(type="page_viewed"), b"rubbish", b"rubbish"))
    with pytest.raises(TooManyDeadLetters):
        step.compute(0, raw(b"rubbish"))


def test_errors_of_ours_among_good_touchpoints_stop_nobody() -> None:
    """An error that one type of touchpoint runs into costs these, and no more."""
    outcome, _ = journeying().compute(0, told({1, 3, 5, 7}, 9))
    assert len(outcome.rejected) == 4
    assert len(outcome.touchpoints) == 5


def test_errors_of_ours_in_a_row_stop_the_second_step() -> None:
    """Nothing passes any more: a repair is needed."""
    with pytest.raises(TooManyDeadLetters):
        journeying().compute(0, told({4, 5}, 6))


def test_a_dead_letter_names_the_lines_of_an_error_of_ours() -> None:
    """Nobody could find it otherwise; what the error says of the record stays out."""
    _, (outputs, _, _) = journeying().compute(0, told({1}, 2))
    ((_, letter),) = outputs[DEAD_LETTERS.name, 0]
    assert ".py:" in json.decode(letter)["detail"]


def test_letters_that_are_read_count_as_passing() -> None:
    """What other partitions send is good news too, between two errors of ours."""
    past = History("default", "customer_id:1", "a model", 1)
    made: list[Record] = []
    for bad in told({0, 1, 2, 3}, 4):
        made.append(bad._replace(offset=len(made)))
        letter = Record(len(made), bad.key, json.encode(past), bad.timestamp)
        made.append(letter)
    outcome, _ = journeying().compute(0, made)
    assert (len(outcome.rejected), outcome.letters) == (4, 4)
