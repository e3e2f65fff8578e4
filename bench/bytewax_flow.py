"""(d) The same work on Bytewax. Run by the interpreter that has it."""

from functools import partial

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.run import cli_main

from bench.job import job
from bench.work import Work
from schemas.journey import JourneyState
from streams.journey.live import encode_state

JOB = job()
WORK = Work(JOB)
State = JourneyState | None
Message = KafkaSinkMessage[bytes, bytes]
KEYED, TOUCHPOINTS, STATES = "keyed", "touchpoints", "states"
Out = tuple[str, bytes, bytes]
"""Where a record goes, its key and its value."""


def identify(
    messages: list[KafkaSourceMessage[bytes, bytes]],
) -> list[tuple[str, tuple[bytes, bytes]]]:
    """Identify and enrich; the person's key is what Bytewax routes by."""
    found = []
    for message in messages:
        _, time_ms = message.timestamp
        key, value = WORK.identify(
            message.value, message.partition, message.offset, time_ms
        )
        found.append((key.decode(), (key, value)))
    return found


def heard(
    messages: list[KafkaSourceMessage[bytes, bytes]],
) -> list[tuple[str, tuple[bytes, bytes]]]:
    """What identifiers sent each other."""
    return [(one.key.decode(), (one.key, one.value)) for one in messages]


def fold(state: State, record: tuple[bytes, bytes]) -> tuple[State, list[Out]]:
    """Fold into the person's journey; what is to be sent because of it."""
    key, value = record
    found = WORK.fold(key, state, value, 0)
    out = [(KEYED, other, sent) for other, sent in found.sent]
    if found.touchpoint is not None:
        out.append((TOUCHPOINTS, key, found.touchpoint))
    out.append((STATES, key, encode_state(found.state)))
    return found.state, out


def messages(batch: list[tuple[str, Out]], to: str) -> list[Message]:
    """The records for one of the topics."""
    return [
        KafkaSinkMessage(key, value) for _, (topic, key, value) in batch if topic == to
    ]


def main() -> None:
    """Run until ended."""
    flow = Dataflow("bench")
    brokers = [JOB.servers]
    raw = kop.input("raw", flow, brokers=brokers, topics=[JOB.raw])
    letters = kop.input("letters", flow, brokers=brokers, topics=[JOB.keyed])
    keyed = op.merge(
        "keyed",
        op.flat_map_batch("identify", raw.oks, identify),
        op.flat_map_batch("hear", letters.oks, heard),
    )
    out = op.stateful_flat_map("journey", keyed, fold)
    topics = {KEYED: JOB.keyed, TOUCHPOINTS: JOB.touchpoints, STATES: JOB.states}
    for name, topic in topics.items():
        records = op.flat_map_batch(f"for {name}", out, partial(messages, to=name))
        kop.output(f"to {name}", records, brokers=brokers, topic=topic)
    cli_main(flow)


if __name__ == "__main__":
    main()
