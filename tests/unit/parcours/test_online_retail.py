"""The mapping that we ship for Online Retail, on the real file."""

import csv
import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parcours.producing.feed import Feed
from parcours.producing.keys import strongest_identifier
from parcours.producing.sending import Tally

REPO = Path(__file__).parents[3]
DATA = REPO.parent / "shared" / "data" / "online_retail_2010-12.csv.gz"
MAPPING = REPO / "docs" / "mappings" / "online_retail.yaml"

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="the Online Retail file is not beside the project"
)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with gzip.open(DATA, "rt") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


@pytest.fixture(scope="module")
def touchpoints(tally: Tally) -> list[dict[str, Any]]:
    feed = Feed([str(DATA)], MAPPING, None, None, strongest_identifier, tally)
    return [msgspec.json.decode(value) for _, value in feed.pairs()]


def test_every_line_is_in_exactly_one_touchpoint(
    rows: list[dict[str, str]], touchpoints: list[dict[str, Any]], tally: Tally
) -> None:
    """Lines in arrays are the lines of the file; none is refused or left out."""
    found = Counter(
        (t["order_id"], line["stock_code"], line["quantity"], line["unit_price_minor"])
        for t in touchpoints
        for line in t["properties"]["lines"]
    )
    expected = Counter(
        (r["InvoiceNo"], r["StockCode"], int(r["Quantity"]), _cents(r["UnitPrice"]))
        for r in rows
    )
    assert found == expected
    assert (tally.rows, tally.grouped, tally.refused) == (42_481, 42_481, 0)


def test_every_invoice_is_one_touchpoint_of_its_kind(
    touchpoints: list[dict[str, Any]],
) -> None:
    """2,025 invoices: 326 credit notes, 70 bookings of goods, the others orders."""
    assert len({t["id"] for t in touchpoints}) == len(touchpoints) == 2_025
    assert Counter(t["type"] for t in touchpoints) == {
        "order_completed": 1_629,
        "order_cancelled": 326,
        "custom_stock_adjusted": 70,
    }


def test_the_value_is_exact(
    rows: list[dict[str, str]], touchpoints: list[dict[str, Any]]
) -> None:
    """The sum of price times quantity, to the penny, credit notes subtracted."""
    expected = sum(_cents(r["UnitPrice"]) * int(r["Quantity"]) for r in rows)
    assert sum(t["value_minor"] for t in touchpoints) == expected == 74_895_702


def test_every_anonymous_line_belongs_to_an_anonymous_person(
    touchpoints: list[dict[str, Any]],
) -> None:
    """15,631 lines without a customer, in 317 invoices, each its own visitor."""
    anonymous = [t for t in touchpoints if "anonymous_id" in t["actor"]]
    assert len({t["actor"]["anonymous_id"] for t in anonymous}) == 317
    assert sum(t["properties"]["line_count"] for t in anonymous) == 15_631
    assert all(
        t["actor"]["customer_id"].isdigit() for t in touchpoints if t not in anonymous
    )


def _cents(price: str) -> int:
    return int(Decimal(price) * 100)
