"""`assistance`: what follows visits with help of staff, and comparable ones without."""

from typing import TYPE_CHECKING, Annotated

import typer

from insights.scope import Scope
from insights.times import instant_ms
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import AsOf, scoped
from parcours.screen import (
    Csv,
    Json,
    money,
    percent,
    print_as,
    print_csv,
    print_table,
    tell,
    tell_notes,
)

if TYPE_CHECKING:
    from insights.assistance.result import AssistanceAnswer

_COLUMNS = (
    "outcome", "with_help", "without", "difference", "low", "high", "matched",
    "unmatched", "compared", "strata",
)  # fmt: skip


@scoped
def assistance(
    scope: Scope,
    helped: Annotated[
        str, typer.Option(help="What is help: a step as in funnels.")
    ] = "assistance_given",
    arrived: Annotated[
        str, typer.Option(help="What a visit begins with: a step.")
    ] = "store_visit_started",
    within: Annotated[
        str, typer.Option(help="From the beginning of a visit to an order: 7d, 24h.")
    ] = "7d",
    match: Annotated[
        str,
        typer.Option(
            help="What compared visits have in common, some of "
            "store,day,hour,phase,orders,recency; by default all."
        ),
    ] = "",
    at_least: Annotated[
        int, typer.Option(min=1, help="Fewest visits with help, and without.")
    ] = 50,
    as_of: AsOf = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Compare store visits with help of staff with visits that began alike without it.

    See docs/moments.md for what that shows, and what not.
    """
    from insights.assistance.answer import read_assistance
    from insights.assistance.spec import COVARIATES, Assistance
    from insights.funnels.steps import parse_steps
    from parcours.asking import open_scope

    asked = Assistance(
        helped=parse_steps([helped])[0],
        arrived=parse_steps([arrived])[0],
        within=within,
        match=tuple(one.strip() for one in match.split(",")) if match else COVARIATES,
        min_visits=at_least,
    )
    at = instant_ms(as_of, scope.timezone)
    with open_scope(data_dir, scope) as (asker, personas):
        found = read_assistance(asker, scope, asked, as_of=at, personas=personas)
    print_as(found, (as_json, as_csv), show=_show, write=_write)


def _write(found: "AssistanceAnswer") -> None:
    sizes = (found.matched, found.unmatched, found.compared, found.strata)
    shares = (found.share, found.share_without, found.difference, found.low, found.high)
    worth = [
        (
            one.currency,
            one.value_minor,
            one.value_minor_without,
            one.difference,
            one.low,
            one.high,
            *sizes,
        )
        for one in found.worth
    ]
    print_csv(_COLUMNS, [("ordered", *shares, *sizes), *worth])


def _show(found: "AssistanceAnswer") -> None:
    tell(
        f"visits with {found.helped}: {found.assisted:,}, without: "
        f"{found.unassisted:,}; {found.pending:,} whose {found.within_days:g} days are "
        f"not over, {found.unseen:,} with help that do not begin with {found.arrived}"
    )
    tell(
        f"alike in {', '.join(found.match)}: {found.matched:,} with help and "
        f"{found.compared:,} without, of {found.strata:,} kinds; for "
        f"{found.unmatched:,} with help there is nothing comparable"
    )
    if found.share is not None and found.difference is not None:
        _table(found)
        told = "is" if found.claimed else "is not"
        tell(f"at {found.level:.0%} the difference {told} beyond chance")
    tell_notes(found)


def _table(found: "AssistanceAnswer") -> None:
    shares = (
        f"ordered within {found.within_days:g} days",
        percent(found.share),
        percent(found.share_without),
        f"{found.difference:+.1%}",
        f"{found.low:+.1%} to {found.high:+.1%}",
    )
    worth = [
        (
            f"{one.currency} a visit",
            _amount(one.value_minor, one.currency),
            _amount(one.value_minor_without, one.currency),
            _amount(one.difference, one.currency),
            " to ".join(_amount(end, one.currency) for end in (one.low, one.high)),
        )
        for one in found.worth
    ]
    columns = ("", "with help", "without", "difference", "95 % interval")
    print_table(columns, [shares, *worth])


def _amount(minor: float | None, currency: str) -> str:
    return "" if minor is None else money({currency: round(minor)})
