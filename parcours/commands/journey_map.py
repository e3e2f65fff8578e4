"""`map`: the journey map, for people, for a file, for a program."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from parcours.commands.ask import Tenant
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, print_json, print_table, say, tell

if TYPE_CHECKING:
    from insights.map.answer import JourneyMap
    from insights.map.words import Language

FORMS: Final = (".svg", ".html", ".csv", ".json")


class MapError(ValueError):
    """The map cannot be written like that."""


class _Language(StrEnum):
    en = "en"
    fr = "fr"


def journey_map(
    out: Annotated[
        Path | None,
        typer.Option(help="File, by its ending: .svg, .html, .csv or .json."),
    ] = None,
    lang: Annotated[_Language, typer.Option(help="Of the words.")] = _Language.en,
    since: Annotated[
        str | None,
        typer.Option("--from", help="First moment: a date or RFC 3339."),
    ] = None,
    to: Annotated[str | None, typer.Option(help="First moment that is out.")] = None,
    channel: Annotated[str, typer.Option(help="This channel alone.")] = "",
    store: Annotated[str, typer.Option(help="This store alone.")] = "",
    persona: Annotated[
        str, typer.Option(help="Persons of this persona alone; `all` for everybody.")
    ] = "",
    model: Annotated[str, typer.Option(help="Journey model.")] = "default",
    plan: Annotated[
        Path | None, typer.Option(help="YAML of the planned journey; see docs/map.md.")
    ] = None,
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Draw the journey map: phases, channels, emotions, and where it is not as planned.

    Without a file it prints the phases and the greatest deviations.
    """
    from insights.map.reading import read_map
    from insights.scope import Scope
    from parcours.asking import open_asker
    from parcours.mapping import open_desk

    if out and out.suffix not in FORMS:
        message = f"{out}: a map is written as {', '.join(FORMS)}"
        raise MapError(message)
    scope = Scope(
        tenant=tenant,
        from_=since,
        to=to,
        channel=channel,
        store=store,
        persona="" if persona == "all" else persona,
        model=model,
    )
    desk = open_desk(data_dir)
    expected = desk.plan_for(model, plan.read_bytes() if plan else None)
    with open_asker(data_dir) as asker:
        found = read_map(asker, scope, desk.model(model), plan=expected)
    if out:
        out.write_text(_written(found, out.suffix, lang.value), "utf-8")
        say(f"{out}: {out.stat().st_size:,} bytes")
    elif as_json:
        print_json(found)
    else:
        _show(found, lang.value)


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


def _show(found: "JourneyMap", language: "Language") -> None:
    from insights.map.terminal import DEVIATIONS, PHASES, deviation_rows, phase_rows

    print_table(PHASES, phase_rows(found, language))
    if found.plan:
        tell(f"\nplanned against actual ({found.plan.name})")
        print_table(DEVIATIONS, deviation_rows(found, language))
    for note in found.notes:
        tell(note)
