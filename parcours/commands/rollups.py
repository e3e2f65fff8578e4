"""`rollups`: what is counted beforehand, and the answers that come from it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import Tenant
from parcours.screen import (
    Csv,
    Json,
    print_as,
    print_csv,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from insights.rollups.registered import Registered

RUNS: Final = (
    "the sink of a running system rolls up by itself; --every is "
    "PARCOURS_ROLLUP_SECONDS there, and --rebuild is for when it does not run"
)
NAME_OPTIONAL = typer.Argument(help="A registered funnel; all are listed without.")


def rollups(
    every: Annotated[
        float, typer.Option(help="Seconds between roll-ups; once where 0.")
    ] = 0.0,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Write everything anew, as after erasing.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Bring timelines, registered funnels and trails up to what has landed.

    For a ClickHouse server, or the store of an embedded system that does not run. Of one
    that runs, the sink does it every minute, and at once where it is asked here.
    """
    from parcours.asking import owner_on

    if owner_on(data_dir):
        if every or rebuild:
            raise typer.BadParameter(RUNS)
        bring_up(data_dir)
        print_json({"rolled_up": True}) if as_json else say("rolled up")
        return
    _roll(data_dir, every, rebuild=rebuild, as_json=as_json)


def _roll(data_dir: Path, every: float, *, rebuild: bool, as_json: bool) -> None:
    from insights.rollups.roller import Roller
    from insights.trails.keeping import Keeper
    from parcours.registering import follow_registered
    from sinks.clickhouse import Database
    from sinks.migrate import migrate

    registered = follow_registered(data_dir)
    database = Database.connect(door.store_url(data_dir))
    try:
        migrate(database)
        roller = Roller(database, registered)
        keeper = Keeper(database)
        while True:
            began = time.monotonic()
            now = time.time_ns() // 1_000_000
            keeper.keep(now, rebuild=rebuild)
            rolled = roller.roll(now, rebuild=rebuild)
            rebuild = False
            took = time.monotonic() - began
            if as_json:
                print_json(rolled)
            else:
                touched = "all" if rolled.touched is None else f"{rolled.touched:,}"
                say(f"version {rolled.version}: {touched} touched, {took:.1f} s")
            if not every:
                return
            time.sleep(every)
    finally:
        database.close()


def bring_up(data_dir: Path) -> None:
    """Have the sink of a running embedded system roll up all that has landed by now.

    Without effect where a server has the rows: who rolls up there is somebody else.
    """
    from parcours.asking import owner_on

    if owner := owner_on(data_dir):
        owner.roll_up()


def registered(
    name: Annotated[str, NAME_OPTIONAL] = "",
    since: Annotated[
        str | None, typer.Option("--from", help="First day of entry.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="First day after the entries.")] = None,
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Answer a registered funnel from the days counted beforehand, in milliseconds.

    Exit status 1 where they cannot tell: ask the same funnel with `parcours funnel`.
    """
    from msgspec.structs import replace

    from insights.rollups.read import answer_days
    from insights.rollups.registered import named
    from parcours.answers_funnel import show_funnel, write_funnel
    from parcours.asking import open_asker
    from parcours.registering import registered_funnels

    funnels, form = registered_funnels(data_dir), (as_json, as_csv)
    if not name:
        columns = ("funnel", "steps", "window")
        rows = [(one.name, _steps(one), one.funnel.window or "") for one in funnels]
        print_as(
            funnels,
            form,
            show=lambda _: print_table(columns, rows),
            write=lambda _: print_csv(columns, rows),
        )
        return
    one = named(name, funnels)
    asked = replace(one.funnel, from_=since, to=to, tenant=tenant)
    with open_asker(data_dir, tenant) as asker:
        found = answer_days(asker, one, asked)
    if found is None:
        say(
            "the days counted beforehand cannot tell: nothing is rolled up yet, the "
            "range does not begin and end with a day, it ends within the window before "
            "the newest touchpoint, or the type of a step cannot be told from another "
            "one of yours (docs/funnels.md)"
        )
        raise typer.Exit(1)
    print_as(found, form, show=show_funnel, write=write_funnel)


def _steps(one: "Registered") -> str:
    return " → ".join(step.label for step in one.funnel.steps)
