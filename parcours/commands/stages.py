"""`stages`: persons by phase, cohorts by month, and who is worth what."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from insights.scope import Scope
from insights.times import instant_ms
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import AsOf, scoped
from parcours.screen import (
    Csv,
    Json,
    many,
    money,
    print_as,
    print_csv,
    print_table,
    tell,
    tell_notes,
)
from parcours.screen import lasted as _lasted
from parcours.screen import percent as _percent

if TYPE_CHECKING:
    from insights.stages.cohorts import Cohorts
    from insights.stages.phases import Stages
    from insights.stages.value import ValueTables

_STAGE = (
    "value", "phase", "persons", "entered", "moved_on", "lapsed", "pending",
    "conversion", "conversion_settled", "stays_over", "stays_open",
)  # fmt: skip
_DWELL = ("dwell", "open_for", "time_to_move")
_VALUE = ("recency", "frequency", "value", "persons", "orders", "value_minor")


@scoped
def stages(
    scope: Scope,
    show: Annotated[
        Literal["phases", "cohorts", "value"],
        typer.Argument(help="Phases; cohorts by month; recency, frequency, value."),
    ] = "phases",
    by: Annotated[
        Literal["", "channel", "store", "persona"],
        typer.Option(help="Break phases down by where they were entered, or who by."),
    ] = "",
    acquired: Annotated[
        str, typer.Option(help="What acquires: a step as in funnels; by default any.")
    ] = "",
    returned: Annotated[
        str, typer.Option(help="What counts as coming again: a step; by default any.")
    ] = "",
    months: Annotated[
        int | None, typer.Option(help="Cohorts are followed for so many months: 12.")
    ] = None,
    as_of: AsOf = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Tell who stands where in the journey, who comes again, and who is worth what."""
    at, form = instant_ms(as_of, scope.timezone), (as_json, as_csv)
    if show != "cohorts" and (months or acquired or returned):
        message = "--months, --acquired and --returned go with `stages cohorts`"
        raise typer.BadParameter(message)
    if show != "phases" and by:
        message = "--by goes with `stages phases`"
        raise typer.BadParameter(message)
    if show == "phases":
        _phases(scope, by, at, data_dir, form)
    elif show == "cohorts":
        _cohorts(scope, (acquired, returned, months), at, data_dir, form)
    else:
        _value(scope, at, data_dir, form)


_Form = tuple[bool, bool]
"""Whether as JSON, whether as CSV."""


def _phases(
    scope: Scope,
    by: Literal["", "channel", "store", "persona"],
    as_of: int | None,
    data_dir: Path,
    form: _Form,
) -> None:
    from insights.stages.phases import read_stages
    from parcours.asking import open_scope
    from parcours.model_order import phases_in_order
    from parcours.persona_files import known_personas

    order = phases_in_order(data_dir, scope.model)
    with open_scope(data_dir, scope) as (asker, personas):
        found = read_stages(
            asker,
            scope,
            by=by,
            order=order,
            as_of=as_of,
            personas=personas,
            persona_model=known_personas(data_dir)[0] if by == "persona" else None,
        )
    print_as(found, form, show=_show_stages, write=_write_stages)


def _cohorts(
    scope: Scope,
    asked: tuple[str, str, int | None],
    as_of: int | None,
    data_dir: Path,
    form: _Form,
) -> None:
    from insights.funnels.steps import parse_steps
    from insights.stages.cohorts import ANYTHING, MONTHS, read_cohorts
    from parcours.asking import open_scope

    *texts, months = asked
    acquired, returned = (
        parse_steps([text])[0] if text else ANYTHING for text in texts
    )
    with open_scope(data_dir, scope) as (asker, personas):
        found = read_cohorts(
            asker,
            scope,
            acquired=acquired,
            returned=returned,
            months=MONTHS if months is None else months,
            as_of=as_of,
            personas=personas,
        )
    print_as(found, form, show=_show_cohorts, write=_write_cohorts)


def _write_cohorts(found: "Cohorts") -> None:
    print_csv(
        ("cohort", "size", "after", "month", "persons", "share", "pending"),
        [
            (c.month, c.persons, x.after, x.month, x.persons, x.share, x.pending)
            for c in found.cohorts
            for x in c.cells
        ],
    )


def _value(scope: Scope, as_of: int | None, data_dir: Path, form: _Form) -> None:
    from insights.stages.value import read_value
    from parcours.asking import open_scope

    with open_scope(data_dir, scope) as (asker, personas):
        found = read_value(asker, scope, as_of=as_of, personas=personas)
    print_as(found, form, show=_show_value, write=_write_value)


def _write_value(found: "ValueTables") -> None:
    print_csv(
        ("currency", *_VALUE),
        [
            (table.currency, *(getattr(cell, name) for name in _VALUE))
            for table in found.tables
            for cell in table.cells
        ],
    )


def _write_stages(found: "Stages") -> None:
    measures = ("median", "p75", "p95")
    times = [(kind, one) for kind in _DWELL for one in measures]
    print_csv(
        (*_STAGE, *(f"{kind}_{one}_seconds" for kind, one in times)),
        [
            (
                *(getattr(stage, name) for name in _STAGE),
                *(getattr(getattr(stage, kind), one, None) for kind, one in times),
            )
            for stage in found.stages
        ],
    )


def _show_stages(found: "Stages") -> None:
    tell(f"journey model {found.model}, as of {_day(found.as_of)}")
    value = (found.by,) if found.by else ()
    print_table(
        (
            *value, "phase", "persons", "entered", "moved on", "lapsed", "pending",
            "conversion", "dwell median", "75 %", "95 %", "open stays",
        ),
        [
            (
                *((stage.value,) if found.by else ()),
                stage.phase,
                stage.persons,
                stage.entered,
                stage.moved_on,
                stage.lapsed,
                stage.pending,
                _percent(stage.conversion),
                *(
                    _lasted(getattr(stage.dwell, one, None))
                    for one in ("median", "p75", "p95")
                ),
                stage.stays_open,
            )
            for stage in found.stages
        ],
    )  # fmt: skip
    print_table(
        ("from", "to", "moves", "persons", "after (median)"),
        [
            (
                move.from_phase,
                move.to_phase,
                move.moves,
                move.persons,
                _lasted(getattr(move.dwell, "median", None)),
            )
            for move in found.moves
        ],
        "\nmoves",
    )
    tell_notes(found)


def _show_cohorts(found: "Cohorts") -> None:
    tell(f"acquired: {found.acquired}; came again: {found.returned}")
    longest = max((len(cohort.cells) for cohort in found.cohorts), default=0)
    print_table(
        ("month", "persons", *(f"+{after}" for after in range(1, longest + 1))),
        [
            (
                cohort.month,
                cohort.persons,
                *(
                    f"{_percent(cell.share)}{'…' if cell.pending else ''}"
                    for cell in cohort.cells
                ),
                *("" for _ in range(longest - len(cohort.cells))),
            )
            for cohort in found.cohorts
        ],
    )
    tell("… the month is not over yet")
    tell_notes(found)


def _show_value(found: "ValueTables") -> None:
    for table in found.tables:
        total = money({table.currency: table.value_minor})
        tell(f"{many(table.persons, 'person')}, {many(table.orders, 'order')}, {total}")
        print_table(
            ("recency", "frequency", "value", "persons", "orders", "spent"),
            [
                (
                    cell.recency,
                    cell.frequency,
                    cell.value,
                    cell.persons,
                    cell.orders,
                    money({table.currency: cell.value_minor}),
                )
                for cell in table.cells
            ],
        )
    tell_notes(found)


def _day(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).date().isoformat()
