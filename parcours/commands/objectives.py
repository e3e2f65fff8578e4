"""`objectives`: a number, a target, a period, and whether we are on track."""

from functools import partial
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from insights.times import instant_ms
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import AsOf, named_tenant
from parcours.screen import (
    Csv,
    Json,
    money,
    percent,
    print_as,
    print_fields,
    print_table,
    say,
    tell,
)

if TYPE_CHECKING:
    from insights.objectives.answer import Progress

_COLUMNS = (
    "tenant", "name", "metric", "phase", "persona", "channel", "store", "model",
    "currency", "at_most", "target", "from_",
    "to", "as_of", "elapsed", "value", "known", "pending", "expected", "progress",
    "on_track", "status",
)  # fmt: skip
_SMALL = 0.01


def objectives(
    file: Annotated[
        Path | None,
        typer.Argument(help="YAML; by default objectives.yaml in the data folder."),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            help="Those of this tenant alone; of all where left out.",
            callback=named_tenant,
        ),
    ] = None,
    as_of: AsOf = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Tell where objectives stand: progress, what there should be by now, on track or not.

    Exit status 1 where there are no objectives. The rules are in docs/objectives.md.
    """
    from insights.objectives.answer import objectives as tell_progress
    from insights.objectives.spec import read_objectives
    from parcours.asking import open_asker
    from parcours.model_order import phases_in_order
    from parcours.objective_files import known_objectives
    from parcours.persona_files import known_personas

    at = instant_ms(as_of)
    every = read_objectives(file) if file else known_objectives(data_dir)
    wanted = [one for one in every if tenant in (None, one.tenant)]
    if not wanted:
        of = f" of the tenant {tenant}" if every else ""
        say(f"no objectives{of}: docs/objectives.md says how to write some")
        raise typer.Exit(1)
    models = {one.model for one in wanted}
    phases = {model: phases_in_order(data_dir, model) for model in models}
    with open_asker(data_dir, *{one.tenant for one in wanted}) as asker:
        found = tell_progress(asker, wanted, known_personas(data_dir), phases, at)
    print_as(
        found, (as_json, as_csv), show=_show, write=partial(print_fields, _COLUMNS)
    )


def _show(found: "list[Progress]") -> None:
    mixed = len({one.tenant for one in found}) > 1
    print_table(
        (*["tenant"] * mixed, "objective", "metric", "of", "value", "expected", "target",
         "progress", "period", "pending", ""),
        [
            (
                *[one.tenant] * mixed,
                one.name,
                one.metric,
                " ".join(filter(None, (one.phase, one.persona, one.channel, one.store))),
                _number(one, one.value),
                _number(one, one.expected),
                f"{'at most ' if one.at_most else ''}{_number(one, one.target)}",
                percent(one.progress),
                percent(floor(one.elapsed * 1000) / 1000),
                one.pending,
                one.status.replace("_", " "),
            )
            for one in found
        ],
    )  # fmt: skip
    late = [one.name for one in found if one.on_track is False]
    if late:
        tell(f"not on track: {', '.join(late)}")
    for one in found:
        for note in one.notes:
            tell(f"{one.name}: {note}")


def _number(one: "Progress", value: float | None) -> str:
    if value is None:
        return ""
    if one.metric == "revenue":
        return money({one.currency: round(value)})
    if one.metric == "conversion":
        return percent(value)
    if 0 < abs(value) < _SMALL:
        return f"{value:.1g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")
