"""The days of registered funnels: counted anew, and only what changed is written.

A day's cell depends on every entry of a person, and on the clock for who is still in
time; so a roll-up counts all of a funnel's cells from the timelines and writes those
that are not what is stored. That makes it safe to kill and to repeat.
"""

from string import Template
from typing import Final

from insights.asker import question
from insights.conditions import Values
from insights.funnels.packed import Codes
from insights.rollups.ledger import PACKAGE
from insights.rollups.registered import Registered
from sinks.clickhouse import Database

_LAST: Final = "bitOr(event, 4194303) + {window_packed:UInt64}"


def count_days(
    database: Database, one: Registered, tenant: str, version: int, as_of_ms: int
) -> None:
    """Bring the days of a registered funnel up to date.

    Args:
        database: a handle that may write.
        one: the funnel.
        tenant: whose.
        version: of the rows written; greater than that of all before.
        as_of_ms: the moment that pending persons are told from dropped ones at.
    """
    funnel = one.funnel
    values = Values()
    cells = question("cells_phases", PACKAGE) if one.model else _cells(one, values)
    text = Template(question("days", PACKAGE)).substitute(cells=cells)
    fixed: dict[str, object] = {
        "tenant": tenant,
        "definition": one.definition,
        "version": version,
        "timezone": funnel.timezone,
        "steps": len(funnel.steps),
        "window_ms": funnel.window_ms,
        "window_packed": funnel.window_ms << 22,
        "as_of_ms": as_of_ms,
        "phases": [step.type for step in funnel.steps],
        "model": one.model,
    }
    named = {key: value for key, value in fixed.items() if f"{{{key}:" in text}
    database.command(text, named | values.bound)


def _cells(one: Registered, values: Values) -> str:
    steps = one.funnel.steps
    codes = Codes(steps, values)
    fills, names = [], []
    for last in range(2, len(steps) + 1):
        following = "f"
        for k in range(last, 1, -1):
            name = f"to_{last}" if k == 2 else f"to_{last}_from_{k}"  # noqa: PLR2004
            fills.append(
                f"arrayReverseFill((done, event) -> {codes.is_step(k)}, "
                f"{following}, f) AS {name},"
            )
            following = name
        names.append(f"to_{last}")
    reach = " + ".join(["1", *(f"({name} <= {_LAST})" for name in names)])
    return Template(question("cells_funnel", PACKAGE)).substitute(
        step_types=codes.is_any(),
        fills="\n        ".join(fills),
        names="".join(f", {name}" for name in names),
        reach=f"toUInt8(if({codes.is_step(1)}, {reach}, 0))",
        entered=codes.has(1),
    )
