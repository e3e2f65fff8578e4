"""`map`: the journey map, for people, for a file, for a program."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from insights.scope import Scope
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import scoped
from parcours.screen import Csv, Json, print_json, say

if TYPE_CHECKING:
    from insights.map.answer import JourneyMap
    from insights.map.words import Language

FORMS: Final = (".svg", ".html", ".csv", ".json")


class MapError(ValueError):
    """The map cannot be written like that."""


@scoped
def journey_map(
    scope: Scope,
    out: Annotated[
        Path | None,
        typer.Option(help="File, by its ending: .svg, .html, .csv or .json."),
    ] = None,
    lang: Annotated[Literal["en", "fr"], typer.Option(help="Of the words.")] = "en",
    plan: Annotated[
        Path | None, typer.Option(help="YAML of the planned journey; see docs/map.md.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Draw the journey map: phases, channels, emotions, and where it is not as planned.

    Without a file it prints the phases and the greatest deviations.
    """
    from insights.map.beside import read_beside
    from insights.map.reading import read_map
    from insights.trails.reading import prepared
    from parcours.answers_map import show_map
    from parcours.asking import open_scope
    from parcours.commands.pains import known_owners
    from parcours.mapping import open_desk

    if out and out.suffix not in FORMS:
        message = f"{out}: a map is written as {', '.join(FORMS)}"
        raise MapError(message)
    desk = open_desk(data_dir)
    model = desk.model(scope.model)
    expected = desk.plan_for(scope.model, plan.read_bytes() if plan else None)
    with open_scope(data_dir, scope) as (asker, personas):
        trails, owners = prepared(asker, scope), known_owners(data_dir)
        found = read_map(
            asker,
            scope,
            model,
            plan=expected,
            beside=read_beside(asker, scope, model, personas, owners, trails),
            personas=personas,
            trails=trails,
        )
    if out:
        out.write_text(_written(found, out.suffix, lang), "utf-8")
        say(f"{out}: {out.stat().st_size:,} bytes")
    elif as_json:
        print_json(found)
    elif as_csv:
        sys.stdout.write(_written(found, ".csv", lang))
    else:
        show_map(found, lang)


def _written(found: "JourneyMap", form: str, language: "Language") -> str:
    import msgspec

    from insights.map.svg import render
    from insights.map.table import as_csv, as_html

    if form == ".svg":
        return render(found, language)
    if form == ".html":
        return as_html(found, language)
    if form == ".csv":
        return as_csv(found, language)
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
