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
    print_as,
    print_csv,
    print_fields,
    print_table,
    say,
    tell,
    tell_notes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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

_MORE = "more: with a greater --limit"
_TAKES = {
    "points": {"horizon"},
    "opportunities": {"horizon", "owners"},
    "missing": {"within"},
}
"""Options that say something about what is shown."""

_Missed = tuple[str, str, int, int, float | None]
"""Kind, what it was, persons, times, share."""


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
        str | None,
        typer.Option(
            help="In which carts count, and moving on: 30d; not of `missing`."
        ),
    ] = None,
    at_least: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Fewest persons to compare, 50; of `missing`: for a term or page to be "
            "told, 10.",
        ),
    ] = None,
    owners: Annotated[
        Path | None,
        typer.Option(
            help="YAML of who looks after what; by default opportunities.yaml in the "
            "data folder."
        ),
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(help="Of `missing`: from a page of help to the call, 24h."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Rank the pain points by how bad, how many and how much is at stake.

    The numbers are defined in docs/moments.md.
    """
    _refuse(show, {"horizon": horizon, "within": within, "owners": owners})
    form = (as_json, as_csv)
    if show == "missing":
        _missing(scope, (within, at_least, limit), data_dir, form)
        return
    from insights.moments.answer import HORIZON, MIN_PERSONS, Wanted
    from insights.pains.answer import first
    from insights.pains.answer import pains as rank
    from insights.trails.reading import prepared
    from parcours.asking import open_scope
    from parcours.model_order import phases_in_order

    wanted = Wanted(
        phases=phases_in_order(data_dir, scope.model),
        horizon=horizon or HORIZON,
        min_persons=at_least or MIN_PERSONS,
    )
    with open_scope(data_dir, scope) as (asker, personas):
        if show == "opportunities":
            known = known_owners(data_dir, owners)
            gains = _gains(asker, scope, wanted, personas, known)
            gains.opportunities, gains.more = first(gains.opportunities, limit)
            print_as(gains, form, show=_show_gains, write=_write_gains)
            return
        found = rank(asker, scope, wanted, personas, prepared(asker, scope))
    found.pains, found.more = first(found.pains, limit)
    print_as(found, form, show=_show_pains, write=_write_pains)


def _refuse(show: str, given: "Mapping[str, object]") -> None:
    """Refuse options that say nothing about what is shown: else they would be ignored."""
    for name, value in given.items():
        if value is not None and name not in _TAKES[show]:
            message = f"`pains {show}` takes no --{name}: leave it out"
            raise typer.BadParameter(message)


def _missing(
    scope: Scope,
    wanted: tuple[str | None, int | None, int],
    data_dir: Path,
    form: tuple[bool, bool],
) -> None:
    from insights.pains.answer import first
    from insights.pains.missing import AT_LEAST, WITHIN, missing_information
    from parcours.asking import open_scope

    within, at_least, limit = wanted
    with open_scope(data_dir, scope) as (asker, personas):
        lacking = missing_information(
            asker,
            scope,
            within=within or WITHIN,
            at_least=at_least or AT_LEAST,
            personas=personas,
        )
    lacking.searches, lacking.more = first(lacking.searches, limit)
    print_as(lacking, form, show=_show_missing, write=_write_missing)


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


def _write_pains(found: "PainsAnswer") -> None:
    print_fields(_PAIN, found.pains, minor=["value_minor"])
    if found.more:
        say(_MORE)


def _show_pains(found: "PainsAnswer") -> None:
    if not found.pains:
        tell("no pain points: no friction, and nobody said that they were unhappy")
        tell_notes(found)
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
    if found.more:
        tell(_MORE)


def _write_gains(found: "OpportunitiesAnswer") -> None:
    print_fields(_GAIN, found.opportunities, minor=["value_minor"])
    if found.more:
        say(_MORE)


def _show_gains(found: "OpportunitiesAnswer") -> None:
    if not found.opportunities:
        tell("no opportunities: nothing is known to differ between stores or months")
        tell_notes(found)
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
    if found.more:
        tell(_MORE)


def _missed(found: "MissingAnswer") -> "Iterator[_Missed]":
    """What was missed, one by one."""
    for term in found.searches:
        yield "search", term.term, term.persons, term.searches, None
    for page in found.pages:
        yield "help", page.page, page.viewers, page.callers, page.share
    for rule in found.messages:
        share = rule.unsent / rule.due
        yield "message", rule.rule, rule.persons, rule.unsent, share


def _write_missing(found: "MissingAnswer") -> None:
    print_csv(("kind", "what", "persons", "times", "share"), _missed(found))
    if found.more:
        say(_MORE)


def _show_missing(found: "MissingAnswer") -> None:
    read = f"\nread, and still asked within {found.within_hours:g} hours"
    unsent = "\ndue a day ago or earlier, and not sent"
    for kind, title, columns in (
        ("search", "", ("searched without result", "persons", "searches")),
        ("help", read, ("page of help", "viewers", "called after", "share")),
        ("message", unsent, ("message", "persons", "not sent", "of due")),
    ):
        rows = [
            (what or "(not told)", persons, times, percent(share))[: len(columns)]
            for one, what, persons, times, share in _missed(found)
            if one == kind
        ]
        if rows or kind != "message":
            print_table(columns, rows, title)
        if kind == "search" and found.more:
            tell(_MORE)
    tell_notes(found)
