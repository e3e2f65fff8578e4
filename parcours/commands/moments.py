"""`moments`: which touchpoints change who moves on."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from insights.scope import Scope
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import scoped
from parcours.screen import (
    Csv,
    Json,
    percent,
    print_as,
    print_fields,
    print_table,
    tell,
    tell_notes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights.moments.answer import Moment, MomentsAnswer

_COLUMNS = (
    "phase", "type", "persons", "compared", "reach", "share", "share_without",
    "difference", "low", "high", "p_value", "claimed",
)  # fmt: skip

SMALL = 0.0001


@scoped
def moments(
    scope: Scope,
    horizon: Annotated[
        str, typer.Option(help="Time to reach a later phase in: 30d.")
    ] = "30d",
    at_least: Annotated[
        int, typer.Option(min=1, help="Fewest persons with, and without, a touchpoint.")
    ] = 50,
    steps: Annotated[
        bool, typer.Option("--steps", help="Look at steps of ordering as well.")
    ] = False,
    one_in: Annotated[
        int, typer.Option(min=1, help="Of so many persons look at one: large data.")
    ] = 1,
    every: Annotated[
        bool, typer.Option("--all", help="Show what is not claimed, too.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Find the moments of truth: touchpoints after which more, or fewer, move on.

    Those who had it are compared with persons after another touchpoint at the same
    point of the phase; see docs/moments.md for what that proves, and what not.
    """
    from insights.moments.answer import STEPS_OF_ORDERING, Wanted
    from insights.moments.answer import moments as find
    from insights.trails.reading import prepared
    from parcours.asking import open_scope
    from parcours.model_order import phases_in_order

    wanted = Wanted(
        phases=phases_in_order(data_dir, scope.model),
        horizon=horizon,
        min_persons=at_least,
        ignore=() if steps else STEPS_OF_ORDERING,
        one_in=one_in,
    )
    with open_scope(data_dir, scope) as (asker, personas):
        found = find(asker, scope, wanted, personas, prepared(asker, scope))
    print_as(found, (as_json, as_csv), show=partial(_show, every=every), write=_write)


def _write(found: "MomentsAnswer") -> None:
    print_fields(_COLUMNS, (*found.moments, *found.unclaimed))


def _show(found: "MomentsAnswer", *, every: bool) -> None:
    tell(
        f"within {found.horizon_days:g} days; {found.cells} types in phases compared, "
        f"{found.too_few} with too few persons"
    )
    if found.moments:
        _table(found.moments)
    else:
        tell(f"no moment of truth can be claimed at {found.level:.0%}")
    if every and found.unclaimed:
        _table(found.unclaimed, "\nnot claimed")
    tell_notes(found)


def _table(rows: "Sequence[Moment]", title: str = "") -> None:
    print_table(
        ("phase", "touchpoint", "had it", "of phase", "moved on", "without it",
         "difference", "95 % interval", "p"),
        [
            (
                one.phase,
                one.type,
                one.persons,
                percent(one.reach),
                percent(one.share),
                percent(one.share_without),
                f"{one.difference:+.1%}",
                f"{one.low:+.1%} to {one.high:+.1%}",
                "< 0.0001" if one.p_value < SMALL else f"{one.p_value:.4f}",
            )
            for one in rows
        ],
        title,
    )  # fmt: skip
