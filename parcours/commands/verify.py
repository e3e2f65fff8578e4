"""`verify`: proofs about one's own touchpoints."""

from typing import TYPE_CHECKING, Annotated

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, many, print_json, tell

if TYPE_CHECKING:
    from streams.journey.live import Rules
    from streams.journey.policy import SessionPolicy
    from streams.verify import History, Verdict

app = typer.Typer(no_args_is_help=True, help="Prove what is said of journeys.")


class NothingToVerifyError(RuntimeError):
    """The file holds no touchpoint."""


@app.callback()
def verify() -> None:
    """Prove what is said of journeys."""


@app.command("order")
def order(
    file: Annotated[str, typer.Argument(help="NDJSON, also .gz; - for stdin.")],
    permutations: Annotated[
        int, typer.Option(min=1, help="How many random orders of arrival.")
    ] = 6,
    delays: Annotated[
        int,
        typer.Option(
            min=0,
            help="How many orders in which touchpoints come late while time goes on.",
        ),
    ] = 3,
    seed: Annotated[int, typer.Option(help="Of what is random.")] = 1,
    max_recent: Annotated[
        int | None,
        typer.Option(min=1, help="Touchpoints that a state keeps open to correction."),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Fold raw touchpoints in many orders of arrival: all must come to the same.

    Prints a SHA-256 for each order, over sessions, states, transitions and threads. First
    any order at all, while time stands still: every `shuffled` has the hash of `at once`.
    Then as it is live, each touchpoint up to its channel's lateness late while time goes
    on: every `delayed` comes to what `in time` does, but for rows that were final in one
    of them before it was found who is who. Exit status 0 only if that is so, and nothing
    was given up as late.
    """
    import time

    from parcours.producing.files import lines, open_input
    from streams.enrich.identify import Identifier
    from streams.enrich.policy import policy_from
    from streams.rules import load_rules
    from streams.verify import history, verdicts

    settings = door.settings_for(data_dir)
    rules = load_rules(settings)
    if max_recent is not None:
        rules = _remembering(rules, max_recent)
    identifier = Identifier(policy_from(settings))
    past = history(
        (line for line in lines(open_input(file, "ndjson")) if line),
        identifier,
        received_at=int(time.time() * 1000),
    )
    if not past.lines:
        message = f"{file} holds no touchpoint ({many(past.refused, 'line')} refused)"
        raise NothingToVerifyError(message)
    found: list[Verdict] = []
    for verdict in verdicts(
        past, identifier, rules, permutations=permutations, delays=delays, seed=seed
    ):
        found.append(verdict)
        if not as_json:
            tell(_line(verdict))
    holds = all(verdict.holds for verdict in found)
    if as_json:
        print_json(_answer(past, found, holds=holds))
    else:
        _conclude(past, found, rules.policy)
    raise typer.Exit(0 if holds else 1)


def _remembering(rules: "Rules", touchpoints: int) -> "Rules":
    from dataclasses import replace

    return replace(rules, policy=replace(rules.policy, max_recent=touchpoints))


def _line(verdict: "Verdict") -> str:
    parts = (
        f"{name} {digest[:12]}"
        for name, digest in (
            ("sessions", verdict.sessions),
            ("states", verdict.states),
            ("transitions", verdict.transitions),
            ("threads", verdict.threads),
        )
    )
    given_up = f"  {verdict.given_up:,} given up" if verdict.given_up else ""
    return (
        f"{verdict.number:>3} {verdict.order:<8}  {verdict.sha256}  "
        f"{'  '.join(parts)}{given_up}"
    )


def _answer(
    past: "History", found: list["Verdict"], *, holds: bool
) -> dict[str, object]:
    still, going = _parts(found)
    return {
        "touchpoints": len(past.lines) - past.repeated,
        "repeated": past.repeated,
        "contradicting": past.contradicting,
        "refused": past.refused,
        "holds": holds,
        "orders": still,
        "delays": going,
    }


def _parts(found: list["Verdict"]) -> tuple[list["Verdict"], list["Verdict"]]:
    """The orders while time stood still, and those while it went on."""
    from streams.verify import IN_TIME

    second = [place for place, one in enumerate(found) if one.order == IN_TIME]
    place = second[0] if second else len(found)
    return found[:place], found[place:]


def _same(found: list["Verdict"]) -> None:
    """Say which hashes are the same, and which may differ nevertheless."""
    still, going = _parts(found)
    tell(f"all {len(still) - 1:,} orders of arrival come to the same, hash by hash")
    if not going:
        return
    said = f"so do all {len(going) - 1:,} in which touchpoints came late"
    if len({verdict.sha256 for verdict in going}) > 1:
        said += (
            ", but for rows that were final in one of them before it was found who is "
            "who: what is final is not rewritten"
        )
    tell(said)
    joined, parted = going[0].joined_later, going[0].parted_later
    if joined:
        tell(
            f"{joined:,} persons were found to be one when sessions of theirs were "
            "final: `in time` leaves those apart, `at once` and `shuffled`, where "
            "nothing is final before the end, put them together"
        )
    if parted:
        tell(
            f"{parted:,} persons were found not to be one when sessions that they had "
            "together were final: `in time` leaves those as they are, `at once` and "
            "`shuffled` take them apart"
        )
    for verdict in going[1:]:
        if either := verdict.joined_later + verdict.parted_later:
            tell(
                f"delayed order {verdict.number}: of {either:,} persons rows were final "
                "when it was found who is who, which in order of time were not, or the "
                "other way round; their sums are the same"
            )


def _conclude(past: "History", found: list["Verdict"], policy: "SessionPolicy") -> None:
    tell(
        f"{many(len(past.lines) - past.repeated, 'touchpoint')}, "
        f"{past.repeated:,} repeated, {many(past.refused, 'line')} refused"
    )
    differing = [verdict for verdict in found if not verdict.holds]
    if not differing:
        _same(found)
        return
    failed = differing[0]
    if failed.difference:
        tell(
            f"order {failed.number}, {failed.order}, differs first in "
            f"{failed.difference}"
        )
    failed = max(differing, key=lambda verdict: verdict.given_up)
    if failed.given_up:
        tell(
            f"{failed.given_up:,} touchpoints of {failed.given_up_by:,} persons were "
            "given up as late"
        )
    if failed.bounded:
        tell(
            f"a state keeps {policy.max_recent:,} touchpoints open to correction, and "
            f"{failed.bounded:,} persons had more: whether it is the rules, a larger "
            "--max-recent tells"
        )
    if failed.crowded:
        tell(
            f"a state keeps {policy.threads.max_kept:,} carts, orders, returns and "
            f"tickets, and {failed.crowded:,} persons had more: whether it is the rules, "
            "a larger threads.max_kept in the file of PARCOURS_SESSION_FILE tells"
        )
    if past.contradicting:
        tell(
            f"{past.contradicting:,} lines say something else under the identity of "
            "another one: which of them arrives first matters"
        )
