"""Cells: a touchpoint type in a phase, with those who had it and those it is held against.

Who had it is held against persons after another touchpoint, the landmark. Where that
touchpoint is a moment of truth itself, everything else would look the other way round
beside it. So the strongest moment of a phase is found first, landmarks at it are left
out for the other types, and so on until no more is found.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from insights.moments.difference import Difference, Stratum, difference

MIN_OUTCOMES: Final = 5
"""Fewest persons of a cell who moved on, and who did not."""

MIN_RIVALS: Final = 2
"""Fewest other types among the landmarks: of two types alone, nobody can say whether one
leads on or the other holds back."""

SAMPLES: Final = 5

LANDMARK: Final = 0
FIRST: Final = 1
BEFORE: Final = 2
PERSON: Final = 3


class Row(Struct):
    """One row of `moments.sql`."""

    phase: str
    kind: int
    type: str
    stratum: int
    at: str
    persons: int
    moved: int
    sample: str


class Cell(Struct):
    """A type in a phase.

    Attributes:
        persons: who had it, comparable or not.
        rivals: how many other types it is held against.
        strata: who had it, and who is comparable and had not.
        samples: touchpoints.
    """

    phase: str
    type: str
    persons: int
    rivals: int
    strata: list[Stratum]
    samples: list[str]

    def sizes(self) -> tuple[int, int, int, int]:
        """Who had it, of them who moved; who had not, of them who moved."""
        usable = [s for s in self.strata if s.treated and s.others]
        return (
            sum(s.treated for s in usable),
            sum(s.treated_moved for s in usable),
            sum(s.others for s in usable),
            sum(s.others_moved for s in usable),
        )

    def told(self, min_persons: int) -> Difference | None:
        """The difference; None where there are too few persons, outcomes or rivals."""
        had, moved, had_not, others_moved = self.sizes()
        outcomes = moved + others_moved
        if (
            self.rivals < MIN_RIVALS
            or min(had, had_not) < min_persons
            or min(outcomes, had + had_not - outcomes) < MIN_OUTCOMES
        ):
            return None
        return difference(self.strata)


Judged = list[tuple[Cell, Difference]]


def claimed(told: Difference, cells: int, level: float) -> bool:
    """Whether a difference is called one, among so many cells, at a level for all."""
    low, high = told.interval(cells, level)
    return (low > 0 or high < 0) and told.p_value * cells <= 1 - level


def judge(
    rows: Iterable[Row], ignore: Sequence[str], min_persons: int, level: float
) -> tuple[Judged, int]:
    """The cells with enough persons and outcomes, and how many have too few.

    Args:
        rows: of `moments.sql`.
        ignore: types that are not looked at.
        min_persons: fewest persons with, and fewest without it.
        level: confidence for all cells together.
    """
    phases: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        phases[row.phase].append(row)
    tables = [_Phase(phase, found, ignore) for phase, found in sorted(phases.items())]
    every = sum(len(table.firsts) for table in tables)
    cells = sum(len(table.judged(min_persons)) for table in tables)
    enough = []
    for table in tables:
        table.purge(min_persons, cells, level)
        enough += table.judged(min_persons)
    return enough, every - len(enough)


class _Phase:
    """One phase: its cells, and the moments that are left out of what is compared.

    Args:
        phase: its name.
        rows: of `moments.sql`.
        ignore: types that are not looked at.
    """

    def __init__(self, phase: str, rows: Iterable[Row], ignore: Sequence[str]) -> None:
        self.firsts: dict[str, list[Row]] = defaultdict(list)
        self.moments: list[str] = []
        self._name = phase
        self._landmarks: dict[int, list[Row]] = defaultdict(list)
        self._befores: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in rows:
            if row.kind == LANDMARK:
                self._landmarks[row.stratum].append(row)
            elif row.kind == BEFORE:
                self._befores[row.type, row.stratum].append(row)
            elif row.kind == FIRST and row.type not in ignore:
                self.firsts[row.type].append(row)

    def judged(self, min_persons: int) -> Judged:
        """The cells that can be told, by type."""
        found = []
        for type_ in sorted(self.firsts):
            cell = self._cell(type_)
            told = cell.told(min_persons)
            if told is not None:
                found.append((cell, told))
        return found

    def purge(self, min_persons: int, cells: int, level: float) -> None:
        """Find the moments, the strongest first, and leave their landmarks out."""
        while True:
            new = [
                (told.p_value, -abs(told.value), cell.type)
                for cell, told in self.judged(min_persons)
                if cell.type not in self.moments and claimed(told, cells, level)
            ]
            if not new:
                return
            self.moments.append(min(new)[2])

    def _cell(self, type_: str) -> Cell:
        rows = self.firsts[type_]
        out = set(self.moments) - {type_}
        rivals = {at.at for row in rows for at in self._landmarks[row.stratum]} - {
            type_
        }
        strata = []
        for row in rows:
            every, moved = _summed(self._landmarks[row.stratum], out)
            had, had_moved = _summed(self._befores[type_, row.stratum], out)
            strata.append(
                Stratum(row.persons, row.moved, every - had, moved - had_moved)
            )
        return Cell(
            self._name,
            type_,
            sum(row.persons for row in rows),
            len(rivals),
            strata,
            sorted(row.sample for row in rows)[:SAMPLES],
        )


def _summed(rows: Iterable[Row], out: set[str]) -> tuple[int, int]:
    kept = [row for row in rows if row.at not in out]
    return sum(row.persons for row in kept), sum(row.moved for row in kept)
