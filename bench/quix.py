"""(c) The same work on Quix Streams. Run by the interpreter that has it."""

from quixstreams import Application, State, message_context
from quixstreams.models import SerializationContext, Serializer

from bench.job import job
from bench.work import Work
from streams.journey.live import decode_state, encode_state

Pair = tuple[bytes, bytes]
Out = tuple[bytes, bytes, bool]
"""Key, value, and whether it goes to the re-keyed topic."""


class Value(Serializer):
    """The value of a record to be sent."""

    def __call__(self, value: Pair | Out, ctx: SerializationContext) -> bytes:  # noqa: ARG002
        """Take it."""
        return value[1]


JOB = job()
WORK = Work(JOB)


def identify(value: bytes, _key: bytes, time_ms: int, _headers: object) -> Pair:
    """Identify and enrich."""
    at = message_context()
    return WORK.identify(value, at.partition, at.offset, time_ms)


def fold(
    value: bytes, key: bytes, _time_ms: int, _headers: object, state: State
) -> list[Out]:
    """Fold into the person's journey; what is to be sent because of it."""
    known = state.get_bytes("journey")
    before = None if known is None else decode_state(known)
    found = WORK.fold(key, before, value, message_context().partition)
    state.set_bytes("journey", encode_state(found.state))
    out = [(other, record, True) for other, record in found.sent]
    if found.touchpoint is not None:
        out.append((key, found.touchpoint, False))
    return out


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
    touchpoints = app.topic(JOB.touchpoints, value_serializer=Value(), **plain)
    identified = app.dataframe(raw).apply(identify, metadata=True)
    identified.to_topic(keyed, key=lambda found: found[0])
    folded = app.dataframe(keyed).apply(fold, stateful=True, metadata=True, expand=True)
    folded[folded.apply(lambda out: out[2])].to_topic(keyed, key=lambda out: out[0])
    folded[folded.apply(lambda out: not out[2])].to_topic(
        touchpoints, key=lambda out: out[0]
    )
    app.run()


if __name__ == "__main__":
    main()
