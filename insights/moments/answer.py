"""Moments of truth: which touchpoint, in which phase, changes who moves on, and how sure.

The estimate, its assumptions and what it is not: docs/moments.md.
"""

from collections.abc import Sequence
from string import Template
from typing import Final

import msgspec
from msgspec import Struct

from insights.asker import Asker, QuestionError, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.hints import hints
from insights.moments.cells import PERSON, Cell, Row, claimed, judge
from insights.moments.difference import Difference
from insights.moments.reading import read_rows
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.sentences import Sentence, say
from insights.statements import BUDGET
from insights.times import duration_ms
from insights.trails.reading import Trails
from schemas.vocabulary import PHASES

HORIZON: Final = "30d"
LEVEL: Final = 0.95
MIN_PERSONS: Final = 50

STEPS_OF_ORDERING: Final = (
    "cart_product_added",
    "cart_viewed",
    "checkout_started",
    "checkout_step_viewed",
    "checkout_step_completed",
    "payment_info_entered",
)
"""Parts of the order itself: that who does them often orders is no discovery."""


class Wanted(Struct, frozen=True):
    """What to look at.

    Attributes:
        phases: of the scope's journey model, in their order; others are not looked at.
        horizon: time to reach a later phase in.
        min_persons: fewest persons with, and fewest without it, for a cell to count.
        ignore: types that are not to be looked at.
        frictions: look at frictions (`friction:out_of_stock`) instead of the types of
            the touchpoints that they happened at.
        one_in: of so many persons, look at one, always the same: for large data.
    """

    phases: tuple[str, ...] = PHASES
    horizon: str = HORIZON
    min_persons: int = MIN_PERSONS
    ignore: tuple[str, ...] = STEPS_OF_ORDERING
    frictions: bool = False
    one_in: int = 1


WANTED: Final = Wanted()


class Moment(Struct):
    """One touchpoint type in one phase.

    Attributes:
        persons: who had it in the phase, and whose horizon is over.
        compared: comparable persons who had not.
        reach: share of the persons in the phase who had it.
        share: of those who had it: how many reached a later phase within the horizon,
            weighted as the difference is.
        share_without: the same of those compared.
        difference: share - share_without.
        low, high: the interval of the difference; all cells' together hold at the level.
        p_value: of no difference, corrected for the number of cells.
        claimed: whether it is called a moment of truth: the interval leaves out zero and
            the corrected p-value is at most 1 - level.
        samples: touchpoints, `source:id`.
    """

    phase: str
    type: str
    persons: int
    compared: int
    reach: float | None
    share: float
    share_without: float
    difference: float
    low: float
    high: float
    p_value: float
    claimed: bool
    samples: list[str]


class PhasePersons(Struct):
    """Persons with a touchpoint in a phase whose horizon is over, and who moved on."""

    phase: str
    persons: int
    moved_on: int


class MomentsAnswer(Struct):
    """The moments of truth of a scope.

    Attributes:
        horizon_days: within which a later phase has to be reached.
        as_of: newest touchpoint, epoch milliseconds.
        level: confidence for all cells together.
        cells: how many types and phases had enough persons to be looked at.
        too_few: how many had not.
        moments: those that are claimed, the largest certain difference first.
        unclaimed: the other cells, the most likely first.
        left_out: types that were not looked at.
        notes: what may surprise.
    """

    model: str
    horizon_days: float
    as_of: int
    level: float
    cells: int
    too_few: int
    moments: list[Moment]
    unclaimed: list[Moment]
    phases: list[PhasePersons]
    left_out: list[str]
    notes: list[Sentence]
    evidence: Evidence


def moments(  # noqa: PLR0913 - what may be asked for
    asker: Asker,
    scope: Scope,
    wanted: Wanted = WANTED,
    personas: Personas | None = None,
    trails: Trails | None = None,
    *,
    budget: int = BUDGET,
) -> MomentsAnswer:
    """Find the moments of truth.

    Args:
        asker: whom to ask.
        scope: which touchpoints may be moments; what follows them counts whenever it
            happened.
        wanted: what to look at.
        personas: finds the persons of the scope's persona.
        trails: to count from, where the touchpoints need not be.
        budget: how many touchpoints may be read; one in N persons may be of N times that.

    Raises:
        CostError: it would read more.
        QuestionError: the scope or an option makes no sense.
    """
    _check(wanted)
    (found,) = read_rows(asker, scope, [wanted], personas, trails, budget=budget)
    return _answer(asker, scope, wanted, personas, found)


def moments_and_frictions(  # noqa: PLR0913 - what may be asked for
    asker: Asker,
    scope: Scope,
    wanted: Wanted = WANTED,
    personas: Personas | None = None,
    trails: Trails | None = None,
    *,
    budget: int = BUDGET,
) -> tuple[MomentsAnswer, MomentsAnswer]:
    """Find the moments of truth, and again with frictions as types of their own.

    From trails both are counted in one pass.

    Args:
        asker: whom to ask; so are the others as for `moments`.
        scope: which touchpoints may be moments.
        wanted: what to look at; whether frictions are told apart plays no part.
        personas: finds the persons of the scope's persona.
        trails: to count from, where the touchpoints need not be.
        budget: how many touchpoints may be read.

    Raises:
        CostError: it would read more.
        QuestionError: the scope or an option makes no sense.
    """
    _check(wanted)
    both = [msgspec.structs.replace(wanted, frictions=apart) for apart in (False, True)]
    told = read_rows(asker, scope, both, personas, trails, budget=budget)
    of_types, of_frictions = (
        _answer(asker, scope, one, personas, found)
        for one, found in zip(both, told, strict=True)
    )
    return of_types, of_frictions


def _check(wanted: Wanted) -> None:
    if wanted.min_persons < 1 or wanted.one_in < 1:
        raise QuestionError(say("least", name="min_persons, one_in", least=1))


def _answer(
    asker: Asker,
    scope: Scope,
    wanted: Wanted,
    personas: Personas | None,
    found: tuple[Sequence[Row], Evidence],
) -> MomentsAnswer:
    rows, evidence = found
    enough, few = judge(rows, wanted.ignore, wanted.min_persons, LEVEL)
    inside = {
        row.phase: PhasePersons(row.phase, row.persons, row.moved)
        for row in rows
        if row.kind == PERSON
    }
    judged = [
        _moment(cell, told, len(enough), inside[cell.phase].persons)
        for cell, told in enough
    ]
    return MomentsAnswer(
        model=scope.model,
        horizon_days=duration_ms(wanted.horizon) / 86_400_000,
        as_of=int(str(evidence.parameters["as_of_ms"])),
        level=LEVEL,
        cells=len(enough),
        too_few=few,
        moments=sorted((m for m in judged if m.claimed), key=_certain),
        unclaimed=sorted((m for m in judged if not m.claimed), key=_likely),
        phases=[inside[phase] for phase in wanted.phases if phase in inside],
        left_out=sorted(wanted.ignore),
        notes=_notes(asker, scope, rows, wanted, personas),
        evidence=evidence,
    )


def _moment(cell: Cell, told: Difference, cells: int, inside: int) -> Moment:
    low, high = told.interval(cells, LEVEL)
    had, _, had_not, _ = cell.sizes()
    return Moment(
        phase=cell.phase,
        type=cell.type,
        persons=had,
        compared=had_not,
        reach=cell.persons / inside if inside else None,
        share=told.share,
        share_without=told.share_without,
        difference=told.value,
        low=low,
        high=high,
        p_value=min(1.0, told.p_value * cells),
        claimed=claimed(told, cells, LEVEL),
        samples=cell.samples,
    )


def _certain(moment: Moment) -> tuple[float, str, str]:
    """The larger the end of the interval that is nearer to zero, the earlier."""
    return -min(abs(moment.low), abs(moment.high)), moment.phase, moment.type


def _likely(moment: Moment) -> tuple[float, float, str, str]:
    return moment.p_value, -abs(moment.difference), moment.phase, moment.type


def _notes(
    asker: Asker,
    scope: Scope,
    rows: Sequence[Row],
    wanted: Wanted,
    personas: Personas | None,
) -> list[Sentence]:
    notes = [say("comparable")]
    if wanted.one_in > 1:
        notes.append(say("one_in", one_in=wanted.one_in))
    missing = hints(asker, scope, found=bool(rows))
    if not rows and not missing:
        if _any(asker, scope, personas):
            notes.append(say("no_horizon", horizon=wanted.horizon))
        else:
            notes.append(say("nothing_in_scope"))
    return notes + missing


def _any(asker: Asker, scope: Scope, personas: Personas | None) -> bool:
    """Whether there is any touchpoint to look at, whatever comes after it."""
    values = Values()
    touchpoints = touchpoints_of(
        scope, ("type",), values, persons_of(scope, values, personas)
    )
    sql = Template(question("any_in_scope")).substitute(touchpoints=touchpoints)
    return bool(asker.ask(sql, {"tenant": scope.tenant, **values.bound}).rows)
