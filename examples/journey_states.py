"""Follow the newest journey state of every person; say how many are in which phase.

    pip install 'kafka-python[lz4]>=3'
    python journey_states.py --servers localhost:9092
    python journey_states.py --once --person default/customer_id:4711

It reads the compacted topic from beginning to end, so it knows every person, and goes on
with what comes. It stores nothing: the topic is the store. See docs/consumers.md.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass, field

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

STATES = "parcours.journeys.state.v1"
LINKS = "parcours.identities.links.v1"
CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Person:
    """What this reader needs of a journey state; it keeps no more."""

    revision: int
    phase: str
    touchpoints: int


@dataclass
class View:
    """The newest state of every person, and where merged ones went, by Kafka's keys."""

    persons: dict[str, Person] = field(default_factory=dict)
    # Of the merged, too: an older state that comes again must not bring them back.
    revisions: dict[str, int] = field(default_factory=dict)
    phases: Counter[str] = field(default_factory=Counter)
    links: dict[str, tuple[int, str]] = field(default_factory=dict)

    def state(self, key: str, value: bytes | None) -> None:
        """Take a record of STATES: a new state, an old one again, or a tombstone."""
        new = None
        if value is None:  # erased: what comes after it begins anew
            self.revisions.pop(key, None)
        else:
            state = {"phase": "none", "touchpoints": 0} | json.loads(value)
            if state["revision"] < self.revisions.get(key, 0):
                return
            self.revisions[key] = state["revision"]
            # Merged into another person, or an identifier that nothing happened to yet.
            if "merged_into" not in state and state["touchpoints"]:
                new = Person(state["revision"], state["phase"], state["touchpoints"])
        known = self.persons.pop(key, None)
        if known is not None:
            self.phases[known.phase] -= 1
        if new is not None:
            self.persons[key] = new
            self.phases[new.phase] += 1

    def link(self, key: str, value: bytes | None) -> None:
        """Take a record of LINKS: the identifier that this one is merged into, if any."""
        link = {"linked_to": ""} | json.loads(value or b'{"revision": 0}')
        if value is None or link["revision"] >= self.links.get(key, (0, ""))[0]:
            heir = f"{link['tenant']}/{link['linked_to']}" if link["linked_to"] else ""
            self.links[key] = (link["revision"], heir)

    def find(self, key: str) -> str:
        """The key of the person that a key, perhaps an old one, leads to."""
        passed = {key}
        while (heir := self.links.get(key, (0, ""))[1]) and heir not in passed:
            passed.add(heir)
            key = heir
        return key


def follow(consumer: KafkaConsumer, *, once: bool) -> View:
    """Build the view, print the phases whenever they change; end at the end if once."""
    places = [
        TopicPartition(topic, number)
        for topic in {STATES, LINKS} & set(consumer.topics())
        for number in consumer.partitions_for_topic(topic)
    ]
    consumer.assign(places)
    consumer.seek_to_beginning()
    view, printed, complete = View(), "", False
    while not (once and complete):
        for place, records in consumer.poll(timeout_ms=500).items():
            take = view.state if place.topic == STATES else view.link
            for record in records:
                take(record.key.decode(), record.value)
        # The view is the truth once every partition has been read to its end.
        ends = [(consumer.position(at), consumer.highwater(at)) for at in places]
        complete = complete or all(end is not None and n >= end for n, end in ends)
        counts = [f"{name} {n}" for name, n in sorted(view.phases.items()) if n]
        line = f"{len(view.persons)} in all: {', '.join(counts)}"
        if complete and line != printed:
            print(line, flush=True)
            printed = line
    return view


def main() -> None:
    """Read the command line, connect, follow."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--servers", default="localhost:9092", help="host:port,...")
    parser.add_argument("--once", action="store_true", help="end at the topic's end")
    parser.add_argument("--person", help="with --once: tenant/namespace:value to find")
    options = parser.parse_args()
    print(
        f"connecting to {options.servers}, for up to {CONNECT_SECONDS} s",
        file=sys.stderr,
        flush=True,
    )
    try:
        consumer = KafkaConsumer(
            bootstrap_servers=options.servers.split(","),
            bootstrap_timeout_ms=CONNECT_SECONDS * 1_000,
            group_id=None,  # every instance reads everything
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
        )
    except KafkaTimeoutError:
        sys.exit(
            f"no broker answers at {options.servers}; give its address by --servers"
        )
    if STATES not in consumer.topics():
        sys.exit(f"there is no topic {STATES} on {options.servers}")
    view = follow(consumer, once=options.once)
    if options.person:
        key = view.find(options.person)
        print(f"{options.person} is {key}: {view.persons.get(key, 'unknown')}")


if __name__ == "__main__":
    main()
