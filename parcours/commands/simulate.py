"""`simulate`: a made-up retailer's touchpoints, and the truth about them."""

from datetime import datetime
from typing import Annotated, Final, Literal

import typer

from parcours.screen import many, say

_START: Final = "2025-01-01"


def simulate(
    touchpoints: Annotated[
        int | None,
        typer.Option(
            help="How many different ones; by default 12 a person, or 100,000."
        ),
    ] = None,
    persons: Annotated[
        int | None,
        typer.Option(help="How many may appear; by default one for 12 touchpoints."),
    ] = None,
    days: Annotated[int, typer.Option(help="Length of the period.")] = 365,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Its first day.")
    ] = _START,  # type: ignore[assignment] # typer parses defaults too
    seed: Annotated[int, typer.Option(help="Another seed, another retailer.")] = 1,
    stores: Annotated[int, typer.Option(help="Number of stores.")] = 20,
    late: Annotated[
        float, typer.Option(help="Share that is reported late, within the lateness.")
    ] = 0.05,
    duplicates: Annotated[
        float, typer.Option(help="Share that is delivered twice.")
    ] = 0.02,
    shared_devices: Annotated[
        int, typer.Option(help="Tills, kiosks and tablets that many persons use.")
    ] = 12,
    scene: Annotated[
        Literal["year", "moments", "no_moments"],
        typer.Option(
            help="A retailer's year; or persons who pass through phases, with three "
            "planted moments of truth, or with none."
        ),
    ] = "year",
    in_order: Annotated[
        bool, typer.Option("--in-order", help="In order of time, not of arrival.")
    ] = False,
    out: Annotated[
        str, typer.Option(help="NDJSON, gzipped by a name in .gz; - for stdout.")
    ] = "-",
    truth: Annotated[
        str | None,
        typer.Option(help="File for the truth: persons, carts, devices, totals."),
    ] = None,
) -> None:
    """Make up a year of a retailer: stores, web, app, e-mail, calls, returns, reviews.

    The same options give the same bytes on every machine. What is planted (lateness,
    duplicates, wrong clocks, crawlers, shared devices, persons with many identifiers)
    stands in the truth; see docs/simulate.md.
    """
    import time

    from parcours.ndjson import write_lines
    from parcours.simulating.plan import Plan, sizes
    from parcours.simulating.run import simulate as run

    counts = sizes(touchpoints, persons)
    day = start.date()
    plan = Plan(
        *counts, days, day, seed, stores, late, duplicates, shared_devices, scene
    )
    began = time.monotonic()
    lines, known = run(plan, in_order=in_order)
    written = write_lines(out, lines)
    seconds = time.monotonic() - began
    if truth:
        write_lines(truth, known.lines())
    totals = known.summed()
    say(
        f"{many(totals.touchpoints, 'touchpoint')} of {many(totals.persons, 'person')}, "
        f"{written:,} lines in {seconds:.1f} s: {totals.late:,} reported late, "
        f"{totals.duplicates:,} twice, {totals.orders:,} orders"
    )
