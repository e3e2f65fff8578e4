"""Emotions are counted by their evidence, and so are scores that gave none."""

from prometheus_client import CollectorRegistry

from schemas.metrics import Metrics
from schemas.topics import DEAD_LETTERS, IDENTIFIED, RAW
from streams.dead_letter import DeadLetterLimit, DeadLetterPolicy
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.identifying import IdentifyStep
from streams.journey.outcome import Outcome
from streams.kafka import TopicFacts
from streams.seal import Sealer
from streams.sensors import Sensors
from tests.factories.identified import Record
from tests.factories.raw import RECEIVED_AT, raw_bytes

SECRET = "a secret of the tests only"


def test_evidence_is_counted_by_both_agents() -> None:
    """What is observed or invalid at the first agent, what history tells at the second."""
    facts = {
        topic.name: TopicFacts("log", 1) for topic in (RAW, IDENTIFIED, DEAD_LETTERS)
    }
    step = IdentifyStep(
        Identifier(IdentifyPolicy(SECRET)),
        Sealer(SECRET),
        DeadLetterLimit(DeadLetterPolicy()),
        facts,
    )
    answers = [{"kind": "nps", "score": score} for score in (0, 9, 10, 11)]
    values = [raw_bytes(type="survey_answered", properties=one) for one in answers]
    values.append(raw_bytes(type="page_viewed"))
    out = step.compute(
        0, [Record(n, None, value, RECEIVED_AT) for n, value in enumerate(values)]
    )
    assert out.emotions == {"nps": 3, "invalid:nps": 1}
    assert out.emitted == 5
    registry = CollectorRegistry()
    sensors = Sensors(Metrics(registry))
    sensors.identified(out, 0.0, 0.0)
    sensors.journeyed(Outcome(felt=["friction:repeat_contact"]), 0.0, 0.0)
    counted = {
        name: registry.get_sample_value("parcours_emotions_total", {"evidence": name})
        for name in ("nps", "invalid:nps", "friction:repeat_contact")
    }
    assert list(counted.values()) == [3, 1, 1]
