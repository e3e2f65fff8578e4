"""(b) The plain Faust idiom, as its documentation teaches it: `async for` and a `Table`.

Two agents, JSON records, the memory store, defaults elsewhere but one: with the
default of no linger every record would be a request of its own, four times slower.
The changelog of the table is the topic of states.
"""

import sys
from typing import Any

import faust
from faust.serializers import codecs
from faust.types import StreamT

from bench.job import job
from bench.work import Work
from schemas.journey import JourneyState
from streams.journey.live import decode_state, encode_state


class StateCodec(codecs.Codec):
    """Journey states as JSON, by msgspec."""

    def _loads(self, s: bytes) -> JourneyState:
        return decode_state(s)

    def _dumps(self, s: JourneyState) -> bytes:
        return encode_state(s)


JOB = job()
WORK = Work(JOB)
codecs.register("journey", StateCodec())
app = faust.App(
    "bench-plain",
    broker=f"kafka://{JOB.servers}",
    store="memory://",
    value_serializer="raw",
    key_serializer="raw",
    topic_partitions=JOB.partitions,
    topic_replication_factor=1,
    broker_session_timeout=6,
    broker_heartbeat_interval=2,
    consumer_auto_offset_reset="earliest",
    datadir=JOB.folder,
    web_enabled=False,
    producer_linger=0.01,
)
raw = app.topic(JOB.raw, value_type=bytes)
keyed = app.topic(JOB.keyed, key_type=bytes, value_type=bytes)
touchpoints = app.topic(JOB.touchpoints, key_type=bytes, value_type=bytes)
journeys: Any = app.Table(
    "journeys", key_type=bytes, value_type=JourneyState, partitions=JOB.partitions
)
journeys.key_serializer = "raw"
journeys.value_serializer = "journey"


@app.agent(raw)
async def identify(stream: StreamT[bytes]) -> None:
    """Identify and enrich; send on under the person's key."""
    async for event in stream.events():
        message = event.message
        key, value = WORK.identify(
            event.value,
            message.partition,
            message.offset,
            int(message.timestamp * 1000),
        )
        await keyed.send(key=key, value=value)


@app.agent(keyed)
async def journey(stream: StreamT[bytes]) -> None:
    """Fold into the person's journey."""
    async for event in stream.events():
        key = event.key
        partition = event.message.partition
        found = WORK.fold(key, journeys.get(key), event.value, partition)
        journeys[key] = found.state
        for other, record in found.sent:
            await keyed.send(key=other, value=record)
        if found.touchpoint is not None:
            await touchpoints.send(key=key, value=found.touchpoint)


if __name__ == "__main__":
    sys.argv = [sys.argv[0], "worker", "-l", "error", "--without-web"]
    app.main()
