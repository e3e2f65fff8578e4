"""What contacts cost, what came back for it, and what assisted sales were worth."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from insights.api.app import Setup
from insights.api.library import Library
from insights.impact.answer import read_impact
from insights.impact.costs import Cost, CostsError, read_costs
from insights.impact.spec import ImpactQuestion
from insights.scope import Scope
from parcours import cli
from schemas.metrics import Metrics
from schemas.tables import TOUCHPOINTS
from tests.integration.impact_journeys import LATER, journeys, touch
from tests.servers.api import serving
from tests.unit.insights.store import OverJson, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from insights.impact.result import Impact

pytestmark = pytest.mark.clickhouse

# ads, e-mail, 100.00; e-mail, 50.00; ads, phone, 30.00: a day apart, from 2025-01-01.
JOURNEYS = ("a e $10000", "e $5000", "a p $3000")
CSV = """day,channel,campaign,cost_minor,currency
2025-01-01,ads,spring,4000,EUR
2025-01-02,ads,spring,2500,EUR
2025-01-02,email,,500,EUR
2025-01-02,ads,,300,USD
2025-01-03,print,leaflets,700,EUR
2025-02-01,ads,spring,9999,EUR
2030-01-01,ads,spring,1,EUR
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A system's folder with costs in it."""
    folder = tmp_path_factory.mktemp("spend")
    (folder / "costs.csv").write_text(CSV, "utf-8")
    return folder


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    """The journeys, a visit much later, and a campaign of somebody else's."""
    with open_store(folder) as store:
        late = touch("9", 60, "page_viewed")
        store.insert(TOUCHPOINTS, [*journeys(*JOURNEYS), late])
        yield store


def ask(store: Store, folder: Path, scope: Scope, **options: object) -> Impact:
    asked = ImpactQuestion(**{"minimum": 1, "replicates": 0, **options})  # type: ignore[arg-type]
    costs = read_costs(folder / "costs.csv")
    return read_impact(OverJson(store.asker), scope, asked, as_of=LATER, costs=costs)


JANUARY = Scope(from_="2025-01-01", to="2025-02-01")


def test_returns_by_hand(store: Store, folder: Path) -> None:
    """ads cost 65.00 and got 130.00 as first contact, 0 as last, 65.00 of linear ones."""
    found = ask(store, folder, JANUARY)
    spend = {one.name: one for one in found.spend}
    assert [one.name for one in found.spend] == ["ads", "print", "email"]
    assert spend["ads"].cost_minor == {"EUR": 6_500, "USD": 300}
    returned = spend["ads"].returned
    assert returned["first"] == {"EUR": 13_000 / 6_500, "USD": 0.0}
    assert returned["last"]["EUR"] == 0.0
    assert returned["linear"]["EUR"] == 6_500 / 6_500
    assert spend["email"].returned["last"] == {"EUR": 15_000 / 500}
    assert spend["email"].returned["linear"] == {"EUR": 10_000 / 500}
    assert spend["print"].returned["first"] == {"EUR": 0.0}


def test_costs_are_of_days_in_the_range_and_known(store: Store, folder: Path) -> None:
    """February is not January; a day after the moment of the answer is unknown."""
    ads = ask(store, folder, Scope()).spend[0]
    assert ads.cost_minor == {"EUR": 6_500 + 9_999, "USD": 300}
    paris = Scope(from_="2025-01-01", to="2025-01-02", timezone="Europe/Paris")
    # The first of January in Paris, which begins before that of UTC.
    told = {one.name: one.cost_minor for one in ask(store, folder, paris).spend}
    assert told == {"ads": {"EUR": 4_000}}
    assert ask(store, folder, Scope(tenant="other")).spend == []


def test_by_campaign_and_not_by_type(store: Store, folder: Path) -> None:
    """A cost without a campaign is one of `(not set)`; types have no costs."""
    found = ask(store, folder, JANUARY, by="campaign")
    spend = {one.name: one.cost_minor for one in found.spend}
    assert spend == {
        "spring": {"EUR": 6_500},
        "leaflets": {"EUR": 700},
        "(not set)": {"EUR": 500, "USD": 300},
    }
    typed = ask(store, folder, JANUARY, by="type")
    assert (typed.spend, [one.code for one in typed.notes]) == ([], ["spend_by_type"])
    pos = ask(store, folder, Scope(channel="web"))
    assert [one.code for one in pos.notes] == ["spend_whole"]


def test_costs_of_rare_names_are_put_together(store: Store, folder: Path) -> None:
    """As are their credits."""
    found = ask(store, folder, JANUARY, names=1)
    assert {one.name for one in found.names} == {"ads", "(other)"}
    spend = {one.name: one.cost_minor for one in found.spend}
    assert spend["(other)"] == {"EUR": 1_200}


def test_assisted_sales_have_their_worth(store: Store, folder: Path) -> None:
    """ads were before two sales whose last contact was another's: 130.00."""
    names = {one.name: one for one in ask(store, folder, Scope()).names}
    assert (names["ads"].assisted, names["ads"].assisted_minor) == (2, {"EUR": 13_000})
    assert (names["email"].assisted, names["email"].assisted_minor) == (0, {"EUR": 0})


def _impact(store: Store, library: Library) -> httpx.Response:
    """January's impact, of an API with these files."""
    metrics = Metrics(CollectorRegistry())
    made = Setup(OverJson(store.asker), metrics, time.time, library=lambda: library)
    with serving(made) as api:
        told = api.get("/v1/impact?to=2025-02-01&as_of=2025-06-01")
    assert told.status_code == 200, told.text
    return told


def test_the_api_knows_the_costs_of_its_folder(store: Store, folder: Path) -> None:
    """The tag of a closed period is of these costs."""
    costs = read_costs(folder / "costs.csv")
    told, bare = (
        _impact(store, library) for library in (Library(costs=costs), Library())
    )
    assert told.headers["etag"] != bare.headers["etag"]
    spend = {one["name"]: one for one in told.json()["spend"]}
    assert spend["ads"]["returned"]["first"] == {"EUR": 2.0, "USD": 0.0}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.csv", "day,cost_minor\nsoon,3\n", "cost 1: .*day"),
        ("c.csv", "day,cost_minor,currency\n2025-01-01,3,EUR\n", "channel or campaign"),
        ("c.csv", "day,cost_minor,currency,channel\n2025-01-01,3,eur,ads\n", "'eur'"),
        ("c.csv", "day,cost_minor,currency,channel\n2025-01-01,-3,EUR,a\n", "below"),
        ("c.csv", "day,cost,currency,channel\n2025-01-01,-3,EUR,a\n", "cost"),
        ("c.yaml", "- 1", "a list `costs`"),
        ("c.yaml", "costs: [1]", "cost 1"),
        ("c.yaml", "costs: [", "not costs"),
    ],
)
def test_wrong_costs_are_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """With the line, and what to change."""
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(CostsError, match=message):
        read_costs(tmp_path / name)


def test_yaml_says_the_same(tmp_path: Path) -> None:
    """A list `costs`; dates as YAML has them."""
    text = "costs: [{day: 2025-01-01, channel: ads, cost_minor: 4, currency: EUR}]"
    (tmp_path / "costs.yaml").write_text(text, "utf-8")
    (one,) = read_costs(tmp_path / "costs.yaml")
    assert one == Cost(date(2025, 1, 1), 4, "EUR", channel="ads")


@pytest.mark.usefixtures("store")
def test_the_command_line_prints_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the folder without a word; of a file where one is named."""
    for name in ("KAFKA_SERVERS", "CLICKHOUSE_URL", "PSEUDONYM_KEY", "DATA_DIR"):
        monkeypatch.delenv(f"PARCOURS_{name}", raising=False)
    words = ["impact", "--data-dir", str(folder), "--minimum", "1"]
    shown = CliRunner().invoke(cli.app, [*words, "--to", "2025-02-01"])
    assert shown.exit_code == 0, shown.output
    assert "return on spend" in shown.stdout
    assert "65.00 EUR" in shown.stdout
    file = tmp_path / "mine.yaml"
    file.write_text(
        "costs: [{day: 2025-01-01, channel: ads, cost_minor: 1300, currency: EUR}]",
        "utf-8",
    )
    told = CliRunner().invoke(cli.app, [*words, "--costs", str(file), "--json"])
    (one,) = json.loads(told.stdout)["spend"]
    assert one["returned"]["first"] == {"EUR": 10.0}
    table = CliRunner().invoke(cli.app, [*words, "--costs", str(file), "--csv"])
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    (ads,) = [r for r in rows if (r["model"], r["name"]) == ("first", "ads")]
    assert (ads["value_minor_EUR"], ads["cost_minor_EUR"]) == ("13000", "1300")
