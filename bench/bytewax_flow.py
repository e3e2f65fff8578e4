"""(d) The same work on Bytewax. Run by the interpreter that has it."""

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


def identify(
    messages: list[KafkaSourceMessage[bytes, bytes]],
) -> list[tuple[str, bytes]]:
    """Identify and enrich; the person's key is what Bytewax routes by."""
    found = []
    for message in messages:
        _, time_ms = message.timestamp
        key, value = WORK.identify(
            message.value, message.partition, message.offset, time_ms
        )
        found.append((key.decode(), value))
    return found


def fold(state: State, value: bytes) -> tuple[State, bytes]:
    """Fold into the person's journey."""
    after = WORK.fold(state, value)
    return after, encode_state(after)


def record(pair: tuple[str, bytes]) -> KafkaSinkMessage[bytes, bytes]:
    """A state as it goes to Kafka."""
    return KafkaSinkMessage(pair[0].encode(), pair[1])


def main() -> None:
    """Run until ended."""
    flow = Dataflow("bench")
    raw = kop.input("raw", flow, brokers=[JOB.servers], topics=[JOB.raw])
    keyed = op.flat_map_batch("identify", raw.oks, identify)
    states = op.stateful_map("journey", keyed, fold)
    out = op.map("record", states, record)
    kop.output("states", out, brokers=[JOB.servers], topic=JOB.states)
    cli_main(flow)


if __name__ == "__main__":
    main()
