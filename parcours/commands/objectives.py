"""`objectives`: a number, a target, a period, and whether we are on track."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import (
    Csv,
    Json,
    money,
    percent,
    print_fields,
    print_json,
    print_table,
    say,
    tell,
)

if TYPE_CHECKING:
    from insights.objectives.answer import Progress

_COLUMNS = (
    "name", "metric", "phase", "persona", "currency", "at_most", "target", "from_",
    "to", "as_of", "elapsed", "value", "known", "pending", "expected", "progress",
    "on_track", "status",
)  # fmt: skip


def objectives(
    file: Annotated[
        Path | None,
        typer.Argument(help="YAML; by default objectives.yaml in the data folder."),
    ] = None,
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

    wanted = read_objectives(file) if file else known_objectives(data_dir)
    if not wanted:
        say("no objectives: docs/objectives.md says how to write some")
        raise typer.Exit(1)
    models = {one.model for one in wanted}
    phases = {model: phases_in_order(data_dir, model) for model in models}
    with open_asker(data_dir, *{one.tenant for one in wanted}) as asker:
        found = tell_progress(asker, wanted, known_personas(data_dir), phases)
    if as_json:
        print_json(found)
    elif as_csv:
        print_fields(_COLUMNS, found)
    else:
        _show(found)


def _show(found: "list[Progress]") -> None:
    print_table(
        ("objective", "metric", "of", "value", "expected", "target", "progress",
         "period", "pending", ""),
        [
            (
                one.name,
                one.metric,
                " ".join(filter(None, (one.phase, one.persona))),
                _number(one, one.value),
                _number(one, one.expected),
                f"{'at most ' if one.at_most else ''}{_number(one, one.target)}",
                percent(one.progress),
                f"{one.elapsed:.0%}",
                one.pending,
                one.status.replace("_", " "),
            )
            for one in found
        ],
    )  # fmt: skip
    late = [one.name for one in found if one.on_track is False]
    if late:
        tell(f"not on track: {', '.join(late)}")


def _number(one: "Progress", value: float | None) -> str:
    if value is None:
        return ""
    if one.metric == "revenue":
        return money({one.currency: round(value)})
    if one.metric == "conversion":
        return percent(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".")
