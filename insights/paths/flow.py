"""The links between positions as a Sankey diagram and as a step matrix; pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from insights.paths.spec import Paths
from insights.spread import Spread, spread

OTHER: Final = "(other)"
ENDS: Final = ("(end)", "(open)", "(start)")
"""What stands behind the last step of a path that does not fill all positions."""


class LinkRow(Struct):
    """Paths from a name at a position to one at the next; positions count from 1."""

    depth: int
    from_name: str
    to_name: str
    paths: int
    dwell_ms: list[float | None]


class FlowNode(Struct):
    """A name at a position.

    Attributes:
        id: unique in the diagram.
        depth: 0 is the anchor; before it, depths are negative.
        name: a type, channel or phase; `(end)`, `(open)`, `(start)` or `(other)`.
        paths: how many go through it.
    """

    id: str
    depth: int
    name: str
    paths: int


class FlowLink(Struct):
    """Paths from one node to another, in the order of time.

    Attributes:
        source, target: ids of nodes.
        paths: how many.
        seconds: time between the two; null for ends, and where names are put together.
    """

    source: str
    target: str
    paths: int
    seconds: Spread | None


class MatrixRow(Struct):
    """A name's share at each position.

    Attributes:
        name: as in nodes; an end counts from the position where it is reached.
        paths: at each position, the anchor's first.
        shares: of all paths; each position sums to 1.
    """

    name: str
    paths: list[int]
    shares: list[float | None]


def flow(
    rows: Sequence[LinkRow], paths: Paths
) -> tuple[list[FlowNode], list[FlowLink]]:
    """Nodes and links, with the rarer names of each position put together.

    Args:
        rows: all links.
        paths: the question.
    """
    counts = _by_position(rows)
    shown = {at: _frequent(count, paths.breadth) for at, count in counts.items()}
    sign = 1 if paths.direction == "after" else -1

    def named(depth: int, name: str) -> str:
        return name if name in ENDS or name in shown[depth] else OTHER

    nodes: Counter[tuple[int, str]] = Counter()
    for depth, count in counts.items():
        for name, number in count.items():
            nodes[depth, named(depth, name)] += number
    merged: dict[tuple[int, str, str], list[LinkRow]] = defaultdict(list)
    for row in rows:
        ends = named(row.depth - 1, row.from_name), named(row.depth, row.to_name)
        merged[row.depth, *ends].append(row)
    links = []
    for (depth, from_name, to_name), same in merged.items():
        ends = f"{sign * (depth - 1)}:{from_name}", f"{sign * depth}:{to_name}"
        source, target = ends[::sign]
        alone = same[0] if len(same) == 1 and to_name not in ENDS else None
        total = sum(row.paths for row in same)
        dwell = spread(alone.dwell_ms, alone.paths) if alone else None
        links.append(FlowLink(source, target, total, dwell))
    return [
        FlowNode(f"{sign * depth}:{name}", sign * depth, name, number)
        for (depth, name), number in sorted(
            nodes.items(), key=lambda node: (node[0][0], -node[1], node[0][1])
        )
    ], links


def matrix(rows: Sequence[LinkRow], paths: Paths, total: int) -> list[MatrixRow]:
    """The step matrix: which share of all paths is where at each position.

    Args:
        rows: all links.
        paths: the question.
        total: how many paths there are.
    """
    counts = _by_position(rows)
    table: dict[str, list[int]] = defaultdict(lambda: [0] * (paths.steps + 1))
    for depth, count in counts.items():
        frequent = _frequent(count, paths.breadth)
        for name, number in count.items():
            if name in ENDS:  # who has come to an end stays there
                for later in range(depth, paths.steps + 1):
                    table[name][later] += number
            elif depth <= paths.steps:
                table[name if name in frequent else OTHER][depth] += number
    return [
        MatrixRow(name, numbers, [n / total if total else None for n in numbers])
        for name, numbers in sorted(
            table.items(), key=lambda row: (row[0] in (*ENDS, OTHER), -sum(row[1]), row)
        )
    ]


def _by_position(rows: Sequence[LinkRow]) -> dict[int, Counter[str]]:
    """How many paths have which name at each position; the anchor's is 0."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row.depth][row.to_name] += row.paths
        if row.depth == 1:
            counts[0][row.from_name] += row.paths
    return counts


def _frequent(count: Counter[str], breadth: int) -> frozenset[str]:
    names = [name for name in count if name not in ENDS]
    return frozenset(sorted(names, key=lambda name: (-count[name], name))[:breadth])
