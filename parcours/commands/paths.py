"""`paths`: what customers do after, or before, something happens."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import typer

from insights.scope import Scope
from insights.times import instant_ms
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import AsOf, scoped
from parcours.screen import (
    Csv,
    Json,
    lasted,
    many,
    percent,
    print_as,
    print_csv,
    print_table,
    tell,
    tell_notes,
)

if TYPE_CHECKING:
    from insights.paths.answer import PathsAnswer


@scoped
def paths(
    scope: Scope,
    anchor: Annotated[
        str,
        typer.Argument(
            help="Where paths begin: a step as in funnels. Without one, at a person's "
            "first touchpoint of the range."
        ),
    ] = "",
    before: Annotated[
        bool, typer.Option("--before", help="What led to it, not what followed.")
    ] = False,
    of: Annotated[
        Literal["type", "channel", "phase"],
        typer.Option(help="What a path is made of."),
    ] = "type",
    steps: Annotated[int, typer.Option(help="Positions beside the anchor.")] = 5,
    window: Annotated[
        str, typer.Option(help="Longest time from the anchor to a step.")
    ] = "30d",
    every: Annotated[
        bool, typer.Option("--every", help="From every anchor, not a person's first.")
    ] = False,
    collapse: Annotated[
        bool, typer.Option("--collapse", help="The same in a row is one step.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="A type that is a step; repeatable.")
    ] = None,
    hide: Annotated[
        list[str] | None, typer.Option(help="A type that is no step; repeatable.")
    ] = None,
    acts: Annotated[
        bool, typer.Option("--acts", help="What the retailer does is no step.")
    ] = False,
    top: Annotated[int, typer.Option(help="How many whole paths.")] = 20,
    breadth: Annotated[
        int, typer.Option(help="How many names of a position are told apart.")
    ] = 12,
    show: Annotated[
        Literal["paths", "links", "matrix", "reached"],
        typer.Option(help="Which table; --json has all of them."),
    ] = "paths",
    as_of: AsOf = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Tell which ways customers take after, or before, something happens."""
    from insights.funnels.steps import parse_steps
    from insights.paths.answer import read_paths
    from insights.paths.spec import Paths
    from parcours.asking import open_scope

    asked = Paths(
        anchor=parse_steps([anchor])[0] if anchor else None,
        direction="before" if before else "after",
        of=of,
        steps=steps,
        window=window,
        anchors="every" if every else "first",
        collapse=collapse,
        only=tuple(only or ()),
        hide=tuple(hide or ()),
        acts=acts,
        top=top,
        breadth=breadth,
    )
    at = instant_ms(as_of, scope.timezone)
    with open_scope(data_dir, scope) as (asker, personas):
        found = read_paths(asker, scope, asked, as_of=at, personas=personas)
    print_as(
        found,
        (as_json, as_csv),
        show=partial(_show, table=_TABLES[show]),
        write=lambda answer: print_csv(*_TABLES[show](answer, plain=True)),
    )


_Rows = tuple[list[str], list[list[object]]]


class _Table(Protocol):
    def __call__(self, found: "PathsAnswer", *, plain: bool) -> _Rows: ...


def _show(found: "PathsAnswer", *, table: _Table) -> None:
    tell(
        f"{many(found.paths, 'path')} of {many(found.persons, 'person')}, "
        f"{found.different:,} different; {found.open:,} may still go on"
    )
    asked = found.asked
    tell(
        f"{asked.steps} steps {asked.direction} where it begins, within {asked.window}"
    )
    print_table(*table(found, plain=False))
    for left_out in found.left_out:
        tell(f"not counted: {left_out}")
    tell_notes(found)


def _paths(found: "PathsAnswer", *, plain: bool) -> _Rows:
    return ["path", "then", "paths", "persons", "share", "median time"], [
        [
            " > ".join(path.names),
            path.ending,
            path.paths,
            path.persons,
            path.share if plain else percent(path.share),
            path.median_seconds if plain else lasted(path.median_seconds),
        ]
        for path in found.top
    ]


def _links(found: "PathsAnswer", *, plain: bool) -> _Rows:
    return ["from", "to", "paths", "median time"], [
        [
            link.source,
            link.target,
            link.paths,
            _median(getattr(link.seconds, "median", None), plain=plain),
        ]
        for link in found.links
    ]


def _matrix(found: "PathsAnswer", *, plain: bool) -> _Rows:
    return ["name", *map(str, range(found.asked.steps + 1))], [
        [row.name, *(one if plain else percent(one) for one in row.shares)]
        for row in found.matrix
    ]


def _reached(found: "PathsAnswer", *, plain: bool) -> _Rows:
    return ["name", "persons", "share", "median time"], [
        [
            one.name,
            one.persons,
            one.share if plain else percent(one.share),
            _median(getattr(one.seconds, "median", None), plain=plain),
        ]
        for one in found.reached
    ]


def _median(seconds: float | None, *, plain: bool) -> object:
    return seconds if plain else lasted(seconds)


_TABLES: "dict[str, _Table]" = {
    "paths": _paths,
    "links": _links,
    "matrix": _matrix,
    "reached": _reached,
}
