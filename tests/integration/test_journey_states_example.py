"""The example for consumers, run as a consumer would, on a real broker."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer
from msgspec import json

from parcours.kafka_admin import KafkaAdmin
from schemas.journey import JourneyState
from schemas.settings import Settings
from schemas.topics import STATES, Topic
from schemas.touchpoint import Actor, Touchpoint
from tests.factories.identified import (
    START_MS,
    Record,
    identified,
    partition,
    records,
)
from tests.servers.tansu import Tansu

pytestmark = pytest.mark.broker
EXAMPLE = Path(__file__).parents[2] / "examples" / "journey_states.py"
LINKS = "parcours.identities.links.v1"
SECONDS = 60.0
ANNE = b"default/customer_id:1"
BEN = b"default/customer_id:2"
VISITOR = b"default/anonymous_id:v9"

Pair = tuple[bytes, bytes | None]


class Shop:
    """A broker with the topics, and the journeys that write to it.

    The records are the agent's own; tombstones and links are written as the merge of
    two persons leaves them.
    """

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self._journeys = partition()
        self.links: list[Pair] = []

    def create(self) -> None:
        settings = Settings(self.servers, "chdb:///s", "x" * 16, partitions=3)
        links = Topic(LINKS, "agent journey", "tenant/identifier", JourneyState, None)
        with KafkaAdmin(self.servers) as admin:
            admin.create((STATES, links), settings)

    def touch(self, *touchpoints: Touchpoint) -> list[Pair]:
        """The states that the agent would write, one batch a touchpoint."""
        written: list[Pair] = []
        for touchpoint in touchpoints:
            batch = records([touchpoint], first=self._journeys.next_offset)
            while batch:
                outcome = self._journeys.apply(batch)
                written += outcome.states
                self.links += outcome.links
                first = self._journeys.next_offset
                batch = [
                    Record(first + number, key, value, START_MS)
                    for number, (key, value) in enumerate(outcome.sent)
                ]
        return written

    def send(self, topic: str, pairs: list[Pair]) -> None:
        """Send records in order, compressed as the worker does."""
        producer = KafkaProducer(
            bootstrap_servers=self.servers,
            compression_type="lz4",
            enable_idempotence=False,
            max_in_flight_requests_per_connection=1,
        )
        for key, value in pairs:
            producer.send(topic, key=key, value=value)
        producer.flush()
        producer.close()

    def link(self, key: bytes, linked_to: str, revision: int) -> Pair:
        tenant, _, identifier = key.decode().partition("/")
        link = {
            "tenant": tenant,
            "identifier": identifier,
            "revision": revision,
            "linked_to": linked_to,
        }
        return key, json.encode(link)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Tansu(tmp_path) as broker:
        yield Shop(broker.bootstrap)


def command(shop: Shop, *options: str) -> list[str]:
    return [sys.executable, str(EXAMPLE), "--servers", shop.servers, *options]


def once(shop: Shop, *options: str) -> list[str]:
    done = subprocess.run(
        command(shop, "--once", *options),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@contextlib.contextmanager
def following(shop: Shop) -> Iterator["subprocess.Popen[str]"]:
    """The example without an end; killed at the end of the test, or of its time."""
    child = subprocess.Popen(command(shop), stdout=subprocess.PIPE, text=True)
    timer = threading.Timer(SECONDS, child.kill)
    timer.start()
    try:
        yield child
    finally:
        timer.cancel()
        child.kill()
        child.communicate()


def visited(person: bytes, number: int, type_: str = "page_viewed") -> Touchpoint:
    return identified(
        f"e{number}",
        type_,
        at=START_MS + number,
        person=person.decode().partition("/")[2],
        device=f"d-{person.decode()}",
    )


def test_tombstones_old_records_and_redirects(shop: Shop) -> None:
    """Nobody is counted twice, an old record changes nothing, and who was merged is found."""
    shop.create()
    written = shop.touch(
        visited(ANNE, 1),
        visited(BEN, 2),
        visited(VISITOR, 3),
        visited(ANNE, 4, "order_completed"),
    )
    first_of_anne = written[0]
    shop.send(STATES.name, [*written, (VISITOR, None), first_of_anne])
    links = [
        shop.link(VISITOR, "email_hash:e", 1),
        shop.link(b"default/email_hash:e", "customer_id:1", 1),
        shop.link(BEN, "customer_id:1", 1),
        shop.link(BEN, "", 2),
    ]
    shop.send(LINKS, links)
    known = "Person(revision=4, phase='onboarding', touchpoints=2)"
    assert once(shop, "--person", VISITOR.decode()) == [
        "2 in all: acquisition 1, onboarding 1",
        f"{VISITOR.decode()} is {ANNE.decode()}: {known}",
    ]
    assert once(shop, "--person", BEN.decode())[1] == (
        "default/customer_id:2 is default/customer_id:2: "
        "Person(revision=2, phase='acquisition', touchpoints=1)"
    )


def test_a_visitor_who_signs_in_is_found_under_the_customer(shop: Shop) -> None:
    """As the agent merges them: one person, and the visitor's key leads to it."""
    visitor = identified("v", person="anonymous_id:v9", actor=Actor(anonymous_id="v9"))
    both = Actor(customer_id="1", anonymous_id="v9")
    signed_in = identified("s", "signed_in", person="customer_id:1", actor=both)
    shop.create()
    shop.send(STATES.name, shop.touch(visitor, signed_in))
    shop.send(LINKS, shop.links)
    counted, found = once(shop, "--person", VISITOR.decode())
    assert counted.startswith("1 in all: ")
    assert found.startswith(f"{VISITOR.decode()} is {ANNE.decode()}: Person(")
    assert found.endswith("touchpoints=2)")


def test_an_old_state_of_a_merged_person_brings_nobody_back(shop: Shop) -> None:
    """Its revision is known although the person is no longer."""
    visitor = identified("v", person="anonymous_id:v9", actor=Actor(anonymous_id="v9"))
    both = Actor(customer_id="1", anonymous_id="v9")
    signed_in = identified("s", "signed_in", person="customer_id:1", actor=both)
    shop.create()
    written = shop.touch(visitor, signed_in)
    assert written[0][0] == VISITOR
    shop.send(STATES.name, [*written, written[0]])
    assert once(shop)[0].startswith("1 in all: ")


def test_it_goes_on_with_what_comes(shop: Shop) -> None:
    """The first line is said when all is read; then one for every change."""
    shop.create()
    shop.send(STATES.name, shop.touch(visited(ANNE, 1, "order_completed")))
    with following(shop) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "1 in all: onboarding 1\n"
        shop.send(STATES.name, shop.touch(visited(VISITOR, 2)))
        assert child.stdout.readline() == "2 in all: acquisition 1, onboarding 1\n"
        shop.send(STATES.name, shop.touch(visited(ANNE, 3, "order_completed")))
        assert child.stdout.readline() == "2 in all: acquisition 1, engagement 1\n"
        shop.send(STATES.name, [(VISITOR, None)])
        assert child.stdout.readline() == "1 in all: engagement 1\n"


def test_many_persons_are_read_to_the_end(shop: Shop) -> None:
    """More than one fetch gives: nothing is printed before all are known."""
    shop.create()
    everybody = [
        visited(b"default/customer_id:%d" % number, number) for number in range(2_000)
    ]
    shop.send(STATES.name, shop.touch(*everybody))
    assert once(shop) == ["2000 in all: acquisition 2000"]


def test_without_the_topic_it_says_so(shop: Shop) -> None:
    """One sentence; and it creates nothing."""
    done = subprocess.run(
        command(shop), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        f"there is no topic {STATES.name} on {shop.servers}"
    ]


def test_without_a_broker_it_says_what_it_waits_for_and_ends() -> None:
    """One sentence before, one after, and no traceback."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--servers", "127.0.0.1:1"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    said = done.stderr.splitlines()
    assert done.returncode == 1
    assert said[0] == "connecting to 127.0.0.1:1, for up to 10 s"
    assert said[-1] == "no broker answers at 127.0.0.1:1; give its address by --servers"
    assert "Traceback" not in done.stderr
