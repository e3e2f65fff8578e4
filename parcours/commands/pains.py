"""`pains`: where it hurts, what would be gained, and what customers do not find."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from insights.scope import Scope
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import scoped
from parcours.screen import (
    Csv,
    Json,
    money,
    percent,
    print_csv,
    print_fields,
    print_json,
    print_table,
    tell,
)

if TYPE_CHECKING:
    from insights.asker import Asker
    from insights.moments.answer import Wanted
    from insights.pains.answer import PainsAnswer
    from insights.pains.missing import MissingAnswer
    from insights.pains.opportunities import OpportunitiesAnswer, Owner
    from insights.scope import Personas

OWNERS = "opportunities.yaml"
_PAIN = (
    "phase", "pain", "observed", "type", "channel", "persons", "touchpoints", "share",
    "emotion", "difference", "severity", "orders_at_stake", "score",
)  # fmt: skip
_GAIN = (
    "kind", "phase", "type", "persons", "share", "target", "best_by", "best",
    "concerned", "moving_on", "owner", "note",
)  # fmt: skip


@scoped
def pains(
    scope: Scope,
    show: Annotated[
        Literal["points", "opportunities", "missing"],
        typer.Argument(
            help="Pain points; what would be gained; what was sought and not found."
        ),
    ] = "points",
    horizon: Annotated[
        str, typer.Option(help="In which carts count, and moving on: 30d.")
    ] = "30d",
    at_least: Annotated[
        int, typer.Option(min=1, help="Fewest persons to compare.")
    ] = 50,
    owners: Annotated[
        Path | None,
        typer.Option(
            help="YAML of who looks after what; by default opportunities.yaml in the "
            "data folder."
        ),
    ] = None,
    within: Annotated[
        str, typer.Option(help="From a page of help to the call: 24h.")
    ] = "24h",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Rank the pain points by how bad, how many and how much is at stake.

    The numbers are defined in docs/moments.md.
    """
    from insights.moments.answer import Wanted
    from insights.pains.answer import pains as rank
    from insights.pains.missing import missing_information
    from insights.trails.reading import prepared
    from parcours.asking import open_asker
    from parcours.model_order import phases_in_order
    from parcours.persona_files import personas_for

    personas = personas_for(data_dir, scope)
    phases = phases_in_order(data_dir, scope.model)
    wanted = Wanted(phases=phases, horizon=horizon, min_persons=at_least)
    with open_asker(data_dir, scope.tenant) as asker:
        if show == "missing":
            lacking = missing_information(
                asker, scope, within=within, personas=personas
            )
            lacking.searches = lacking.searches[:limit]
            print_json(lacking) if as_json else _show_missing(lacking, as_csv)
            return
        if show == "opportunities":
            known = known_owners(data_dir, owners)
            gains = _gains(asker, scope, wanted, personas, known)
            gains.opportunities = gains.opportunities[:limit]
            print_json(gains) if as_json else _show_gains(gains, as_csv)
            return
        found = rank(asker, scope, wanted, personas, prepared(asker, scope))
    found.pains = found.pains[:limit]
    print_json(found) if as_json else _show_pains(found, as_csv)


def known_owners(data_dir: Path, given: Path | None = None) -> "tuple[Owner, ...]":
    """Who looks after what, by the file given, or that of the data folder."""
    from insights.pains.opportunities import read_owners

    file = given or data_dir / OWNERS
    return read_owners(file.read_bytes()) if given or file.is_file() else ()


def _gains(
    asker: "Asker",
    scope: Scope,
    wanted: "Wanted",
    personas: "Personas | None",
    owners: "tuple[Owner, ...]",
) -> "OpportunitiesAnswer":
    from insights.moments.answer import moments
    from insights.pains.answer import pains as rank
    from insights.pains.opportunities import opportunities
    from insights.trails.reading import prepared

    trails = prepared(asker, scope)
    found = moments(asker, scope, wanted, personas, trails)
    hurting = rank(asker, scope, wanted, personas, trails)
    return opportunities(asker, scope, found, hurting, wanted, personas, owners, trails)


def _show_pains(found: "PainsAnswer", as_csv: bool) -> None:
    if as_csv:
        print_fields(_PAIN, found.pains, minor=["value_minor"])
        return
    if not found.pains:
        tell("no pain points: no friction, and nobody said that they were unhappy")
        for note in found.notes:
            tell(str(note))
        return
    print_table(
        ("phase", "pain", "said", "channel", "persons", "of phase", "emotion",
         "moving on", "severity", "at stake", "score"),
        [
            (
                one.phase,
                one.pain,
                "observed" if one.observed else "inferred",
                one.channel,
                one.persons,
                percent(one.share),
                f"{one.emotion:.1f}",
                "" if one.difference is None else f"{one.difference:+.1%}",
                f"{one.severity:.2f}",
                money(one.value_minor),
                f"{one.score:,.1f}",
            )
            for one in found.pains
        ],
    )  # fmt: skip


def _show_gains(found: "OpportunitiesAnswer", as_csv: bool) -> None:
    if as_csv:
        print_fields(_GAIN, found.opportunities, minor=["value_minor"])
        return
    if not found.opportunities:
        tell("no opportunities: nothing is known to differ between stores or months")
        return
    print_table(
        ("phase", "what", "now", "to", "as in", "persons", "moving on", "worth",
         "owner", "note"),
        [
            (
                one.phase,
                f"{'more' if one.kind == 'moment' else 'less'} {one.type}",
                percent(one.share),
                percent(one.target),
                f"{one.best_by} {one.best}",
                round(one.concerned),
                None if one.moving_on is None else round(one.moving_on),
                money(one.value_minor),
                one.owner,
                one.note,
            )
            for one in found.opportunities
        ],
    )  # fmt: skip


def _show_missing(found: "MissingAnswer", as_csv: bool) -> None:
    searches = [
        ("search", one.term, one.persons, one.searches, None) for one in found.searches
    ]
    pages = [
        ("help", one.page, one.viewers, one.callers, one.share) for one in found.pages
    ]
    unsent = [
        ("message", one.rule, one.persons, one.unsent, one.unsent / one.due)
        for one in found.messages
    ]
    if as_csv:
        columns = ("kind", "what", "persons", "times", "share")
        print_csv(columns, (*searches, *pages, *unsent))
        return
    print_table(
        ("searched without result", "persons", "searches"),
        [(what or "(not told)", *numbers) for _, what, *numbers, _ in searches],
    )
    print_table(
        ("page of help", "viewers", "called after", "share"),
        [
            (what or "(not told)", viewers, callers, percent(share))
            for _, what, viewers, callers, share in pages
        ],
        f"\nread, and still asked within {found.within_hours:g} hours",
    )
    if unsent:
        print_table(
            ("message", "persons", "not sent", "of due"),
            [
                (rule, persons, times, percent(share))
                for _, rule, persons, times, share in unsent
            ],
            "\ndue a day ago or earlier, and not sent",
        )
