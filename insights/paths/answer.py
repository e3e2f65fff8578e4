"""Paths: what customers do after, or before, something happens.

The rules are in docs/paths.md; the answer is exact by them.
"""

from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.evidence import Evidence
from insights.hints import hints, unknown_types
from insights.newest import known_until, newest_ms
from insights.paths.flow import FlowLink, FlowNode, LinkRow, MatrixRow, flow, matrix
from insights.paths.spec import Paths, types_of
from insights.paths.statement import compile_paths
from insights.scope import Personas, Scope
from insights.sentences import Sentence, say
from insights.spread import Spread, share, spread
from insights.statements import BUDGET, Statement, afford

_T = TypeVar("_T")

DEFINITIONS: Final = {
    "top": "Paths from (or to) the anchors in the range, by the same names in the same "
    "order and the same end.",
    "links": "Paths that go from one name to another between two positions.",
    "reached": "Persons who had such a touchpoint within the window of any anchor in the "
    "range: as many as a funnel from the anchor to it converts.",
}
_ENDINGS: Final = {"": "more", "(open)": "open", "(end)": "end", "(start)": "start"}


class TopPath(Struct):
    """A path that several took, in the order of time.

    Attributes:
        names: of its steps, the anchor first (`before`: last).
        ending: `more`: it goes on beyond the last position; `end`: nothing follows within
            the window; `open`: nothing has followed yet, and there is time left;
            `start`: nothing came before.
        paths: how many; persons: of how many persons.
        share: of all paths.
        median_seconds: from the first to the last of these steps.
    """

    names: list[str]
    ending: str
    paths: int
    persons: int
    share: float | None
    median_seconds: float


class Reached(Struct):
    """Who got there, whatever lay between.

    Attributes:
        persons: within the window of any of their anchors in the range.
        share: of all persons with an anchor.
        seconds: the first time, since the anchor just before it.
    """

    name: str
    persons: int
    share: float | None
    seconds: Spread | None


class PathsAnswer(Struct):
    """Everything about the paths of a range.

    Attributes:
        paths: how many paths; in mode `first` as many as persons.
        persons: persons with an anchor in the range.
        different: how many different paths there are.
        open: paths to which more may still come.
        capped: persons of whom only the earliest touchpoints were looked at.
        as_of: until when it is known, epoch milliseconds.
        nodes, links: a Sankey diagram; links go with time.
        matrix: the share of each name at each position.
        reached: the persons who got to each name.
        left_out: what was not counted.
        notes: what may surprise.
        evidence: definition and statement of each part.
    """

    asked: Paths
    from_: int = msgspec.field(name="from")
    to: int
    as_of: int
    paths: int
    persons: int
    different: int
    open: int
    capped: int
    top: list[TopPath]
    nodes: list[FlowNode]
    links: list[FlowLink]
    matrix: list[MatrixRow]
    reached: list[Reached]
    left_out: list[Sentence]
    notes: list[Sentence]
    evidence: dict[str, Evidence]


class _TopRow(Struct):
    names: list[str]
    ending: str
    paths: int
    persons: int
    took_ms: float
    all_paths: int
    different: int
    open: int


class _ReachedRow(Struct):
    name: str
    persons: int
    took_ms: list[float | None]


def read_paths(  # noqa: PLR0913 - what a question may say
    asker: Asker,
    scope: Scope,
    paths: Paths,
    *,
    as_of: int | None = None,
    personas: Personas | None = None,
    budget: int = BUDGET,
) -> PathsAnswer:
    """Answer a question about paths.

    Args:
        asker: whom to ask.
        scope: of the anchors. `channel` and `store` bound the steps as well; with `of:
            phase` the anchors alone.
        paths: the question.
        as_of: what happened later is unknown; where None, all that is known counts.
        personas: knows the personas, where the scope names one.
        budget: how many touchpoints each statement may read.

    Raises:
        CostError: it would read more.
        QuestionError: the question makes no sense.
    """
    if as_of is None:
        as_of = min(_known_until(asker, scope, paths), paths.settled_ms(scope))
    asked = compile_paths(paths, scope, as_of, personas)
    afford(asker, asked["links"], budget)
    rows = _ask(asker, asked["links"], LinkRow)
    nodes, links = flow(rows, paths)
    top = _ask(asker, asked["top"], _TopRow)
    every = {row.name: row for row in _ask(asker, asked["reached"], _ReachedRow)}
    persons, capped = (
        every.pop(name).persons if name in every else 0 for name in ("", "(capped)")
    )
    total = top[0].all_paths if top else 0
    first, end = scope.range_ms()
    return PathsAnswer(
        asked=paths,
        from_=first,
        to=end,
        as_of=as_of,
        paths=total,
        persons=persons,
        different=top[0].different if top else 0,
        open=top[0].open if top else 0,
        capped=capped,
        top=[_top(row, total, paths) for row in top],
        nodes=nodes,
        links=links,
        matrix=matrix(rows, paths, total),
        reached=[
            Reached(
                row.name,
                row.persons,
                share(row.persons, persons),
                spread(row.took_ms, row.persons),
            )
            for row in every.values()
        ],
        left_out=[say("bots"), say("machines"), say("control")],
        notes=_notes(asker, scope, paths, total, capped),
        evidence={
            name: Evidence(DEFINITIONS[name], one.text, one.values)
            for name, one in asked.items()
        },
    )


def _notes(
    asker: Asker, scope: Scope, paths: Paths, total: int, capped: int
) -> list[Sentence]:
    types = [*(paths.anchor.types if paths.anchor else ()), *types_of(paths.only)]
    notes = hints(asker, scope, types, found=bool(total))
    notes += unknown_types(types_of(paths.hide))
    if capped:
        notes.append(say("paths_capped", many=capped, most=paths.touchpoints))
    return notes


def _known_until(asker: Asker, scope: Scope, paths: Paths) -> int:
    if paths.of == "phase":  # silences are noticed later than the newest touchpoint
        return known_until(asker, scope)
    return newest_ms(asker, scope.tenant)


def _ask(asker: Asker, asked: Statement, kind: type[_T]) -> list[_T]:
    return ask_all(asker, asked.text, asked.values, kind)


def _top(row: _TopRow, total: int, paths: Paths) -> TopPath:
    return TopPath(
        names=row.names if paths.direction == "after" else row.names[::-1],
        ending=_ENDINGS[row.ending],
        paths=row.paths,
        persons=row.persons,
        share=share(row.paths, total),
        median_seconds=row.took_ms / 1000,
    )
