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
    """One row of `moments.sql`; `label`: of which labels, where several are counted."""

    phase: str
    kind: int
    type: str
    stratum: int
    at: str
    persons: int
    moved: int
    sample: str
    label: int = 1


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


class _Counts:
    """Persons at landmarks, and those of them who moved, in all and by its type."""

    def __init__(self) -> None:
        self.persons = self.moved = 0
        self.by_type: dict[str, tuple[int, int]] = {}

    def add(self, row: Row) -> None:
        self.persons += row.persons
        self.moved += row.moved
        persons, moved = self.by_type.get(row.at, (0, 0))
        self.by_type[row.at] = (persons + row.persons, moved + row.moved)

    def at(self, type_: str) -> tuple[int, int]:
        """Both, at landmarks of one type."""
        return self.by_type.get(type_, (0, 0))


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
        self._cells: dict[str, Cell] = {}
        self._told: dict[str, Difference | None] = {}
        self._landmarks: dict[int, _Counts] = defaultdict(_Counts)
        self._befores: dict[tuple[str, int], _Counts] = defaultdict(_Counts)
        for row in rows:
            if row.kind == LANDMARK:
                self._landmarks[row.stratum].add(row)
            elif row.kind == BEFORE:
                self._befores[row.type, row.stratum].add(row)
            elif row.kind == FIRST and row.type not in ignore:
                self.firsts[row.type].append(row)

    def judged(self, min_persons: int) -> Judged:
        """The cells that can be told, by type."""
        for type_ in sorted(self.firsts):
            if type_ not in self._cells:
                self._cells[type_] = self._cell(type_)
            if type_ not in self._told:
                self._told[type_] = self._cells[type_].told(min_persons)
        return [
            (self._cells[type_], told)
            for type_ in sorted(self.firsts)
            if (told := self._told[type_]) is not None
        ]

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
            self._leave_out(min(new)[2])

    def _leave_out(self, moment: str) -> None:
        """Compare no other type with landmarks at this one any more."""
        for type_, cell in self._cells.items():
            if type_ == moment:
                continue
            for place, row in enumerate(self.firsts[type_]):
                every, moved = self._landmarks[row.stratum].at(moment)
                if not every:
                    continue
                had, had_moved = self._befores[type_, row.stratum].at(moment)
                before = cell.strata[place]
                cell.strata[place] = Stratum(
                    before.treated,
                    before.treated_moved,
                    before.others - every + had,
                    before.others_moved - moved + had_moved,
                )
                self._told.pop(type_, None)

    def _cell(self, type_: str) -> Cell:
        rows = self.firsts[type_]
        rivals: set[str] = set()
        strata = []
        for row in rows:
            every = self._landmarks[row.stratum]
            had = self._befores[type_, row.stratum]
            rivals |= every.by_type.keys()
            others = every.persons - had.persons
            strata.append(
                Stratum(row.persons, row.moved, others, every.moved - had.moved)
            )
        return Cell(
            self._name,
            type_,
            sum(row.persons for row in rows),
            len(rivals - {type_}),
            strata,
            sorted(row.sample for row in rows)[:SAMPLES],
        )
