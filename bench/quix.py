"""(c) The same work on Quix Streams. Run by the interpreter that has it."""

from quixstreams import Application, State, message_context
from quixstreams.models import SerializationContext, Serializer

from bench.job import job
from bench.work import Work
from streams.journey.live import decode_state, encode_state

Identified = tuple[bytes, bytes]


class Value(Serializer):
    """The value of a (key, value) pair."""

    def __call__(self, value: Identified, ctx: SerializationContext) -> bytes:  # noqa: ARG002
        """Take it."""
        return value[1]


JOB = job()
WORK = Work(JOB)


def identify(value: bytes, _key: bytes, time_ms: int, _headers: object) -> Identified:
    """Identify and enrich."""
    at = message_context()
    return WORK.identify(value, at.partition, at.offset, time_ms)


def fold(value: bytes, state: State) -> None:
    """Fold into the person's journey."""
    known = state.get_bytes("journey")
    before = None if known is None else decode_state(known)
    state.set_bytes("journey", encode_state(WORK.fold(before, value)))


def main() -> None:
    """Run until ended."""
    app = Application(
        broker_address=JOB.servers,
        consumer_group="bench-quix",
        auto_offset_reset="earliest",
        state_dir=JOB.folder,
        loglevel="WARNING",
        commit_interval=1.0,
        consumer_extra_config={"session.timeout.ms": 6000},
    )
    plain = {
        "key_deserializer": "bytes",
        "key_serializer": "bytes",
        "value_deserializer": "bytes",
    }
    raw = app.topic(JOB.raw, **plain)
    keyed = app.topic(JOB.keyed, value_serializer=Value(), **plain)
    touchpoints = app.dataframe(raw).apply(identify, metadata=True)
    touchpoints.to_topic(keyed, key=lambda found: found[0])
    app.dataframe(keyed).apply(fold, stateful=True)
    app.run()


if __name__ == "__main__":
    main()
