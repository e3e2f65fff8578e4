"""When raw touchpoints are left alone for a while."""

import asyncio

import pytest
from faust.types import TP
from prometheus_client import CollectorRegistry

from schemas.metrics import Metrics
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, IDENTIFIED, RAW
from streams.dead_letter import DeadLetterLimit, DeadLetterPolicy
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.identifying import IdentifyStep
from streams.journeying import JourneyStep
from streams.kafka import BatchProducer, TopicFacts
from streams.ownership import Ownership
from streams.pipeline import BACKLOG, Pipeline
from streams.restore import Restored
from streams.seal import Sealer
from streams.sensors import Sensors
from streams.store.folder import StateFolder
from tests.factories.identified import identified, records, rules

SECRET = "a secret of the tests only"
FACTS = {topic.name: TopicFacts("log", 3) for topic in (RAW, IDENTIFIED, DEAD_LETTERS)}
HALF = BACKLOG // 2
BOTH = {TP(topic.name, number) for topic in (RAW, IDENTIFIED) for number in (0, 1)}
FOLDED = {tp for tp in BOTH if tp.topic == IDENTIFIED.name}


class Worker:
    """A worker of the partitions 0 and 1, and what it has sent."""

    def __init__(self) -> None:
        sealer, limit = Sealer(SECRET), DeadLetterLimit(DeadLetterPolicy(3, 3))
        folder = StateFolder("", "log", lambda: 0.0)
        self.journeys = JourneyStep(rules(), sealer, limit, FACTS, folder)
        asyncio.run(self.journeys.open([0, 1]))
        for number in (0, 1):
            self.journeys.adopt(number, Restored(None, 0, 0))
        sensors = Sensors(Metrics(CollectorRegistry()))
        self.producer = BatchProducer(Settings("localhost:1", "chdb:///none", SECRET))
        identifier = Identifier(IdentifyPolicy(SECRET))
        self.pipeline = Pipeline(
            identify_step=IdentifyStep(identifier, sealer, limit, FACTS),
            journey_step=self.journeys,
            ownership=Ownership("", self.journeys, sensors, lambda: 0.0),
            producer=self.producer,
            sensors=sensors,
            clock=lambda: 0.0,
            crash=lambda error: pytest.fail(str(error)),
        )

    def sent(self, partition: int, count: int) -> None:
        self.producer.ends[IDENTIFIED.name, partition] = count


@pytest.fixture(name="worker")
def _worker() -> Worker:
    return Worker()


def test_everything_is_read_where_little_waits(worker: Worker) -> None:
    """As much as keeps the second step busy is no reason."""
    assert worker.pipeline.ready(BOTH) == BOTH
    worker.sent(0, HALF)
    worker.sent(1, HALF)
    assert worker.pipeline.ready(BOTH) == BOTH


def test_raw_touchpoints_wait_until_what_came_of_others_is_folded(
    worker: Worker,
) -> None:
    """Time stands still for the second step until it has read what it was sent."""
    worker.sent(0, HALF)
    worker.sent(1, HALF + 2)
    assert worker.pipeline.ready(BOTH) == FOLDED
    worker.journeys.compute(1, records([identified("a"), identified("b")]))
    assert worker.pipeline.ready(BOTH) == BOTH


def test_what_others_have_to_fold_holds_nothing_up(worker: Worker) -> None:
    """How far they are is not known here."""
    worker.sent(2, 10 * BACKLOG)
    assert worker.pipeline.ready(BOTH) == BOTH
