"""Cohorts: of those acquired in a month, who came again, month by month."""

from datetime import datetime
from string import Template
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.funnels.spec import Step
from insights.hints import hints
from insights.newest import newest_ms
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.sentences import Sentence, say
from insights.spread import share
from insights.statements import BUDGET, Statement, afford
from insights.step_sql import COLUMNS_OF_STEPS, step_sql
from insights.times import END_OF_TIME_MS, UNITS_MS, zone_of
from schemas.vocabulary import TYPES

MONTHS: Final = 12
ANYTHING: Final = Step(
    any_of=tuple(n for n, t in TYPES.items() if t.direction == "in" and not t.control),
    name="anything that the customer does",
)

_PACKAGE: Final = "insights.stages"

DEFINITION: Final = (
    "A person belongs to the calendar month of the first touchpoint that acquires, "
    "ever. A cell counts the persons of the cohort with a touchpoint that counts as "
    "coming again in the month so many months later; its share is of the cohort. "
    "pending: that month is not over at `as_of`."
)


class CohortsError(QuestionError):
    """A question about cohorts that makes no sense."""


class CohortCell(Struct):
    """One month of one cohort.

    Attributes:
        after: months after the one of the acquisition.
        month: which one, `2025-03`.
        persons: of the cohort, who came again in it.
        share: persons / the cohort's size.
        pending: the month is not over at `as_of`: the number can only grow.
    """

    after: int
    month: str
    persons: int
    share: float | None
    pending: bool


class Cohort(Struct):
    """Persons acquired in one month.

    Attributes:
        month: `2025-01`.
        persons: how many.
        pending: the month itself is not over at `as_of`.
        cells: one a later month, up to that of `as_of`.
    """

    month: str
    persons: int
    pending: bool
    cells: list[CohortCell]


class Cohorts(Struct):
    """Retention by month of acquisition.

    Attributes:
        acquired: what acquires, in words.
        returned: what counts as coming again, in words.
        as_of: until when history is known, epoch milliseconds.
        notes: what may surprise.
    """

    acquired: str
    returned: str
    timezone: str
    as_of: int
    cohorts: list[Cohort]
    notes: list[Sentence]
    evidence: Evidence


class _Row(Struct):
    month: int
    after: int
    persons: int


def read_cohorts(  # noqa: PLR0913 - what a question may say
    asker: Asker,
    scope: Scope,
    *,
    acquired: Step = ANYTHING,
    returned: Step = ANYTHING,
    months: int = MONTHS,
    as_of: int | None = None,
    personas: Personas | None = None,
    budget: int = BUDGET,
) -> Cohorts:
    """Count who came again, by month of acquisition.

    Args:
        asker: whom to ask.
        scope: `from` and `to` bound the acquisition; the months are of its zone.
        acquired: the touchpoint that acquires: the first one, ever.
        returned: the touchpoints that count as coming again.
        months: how many months after the acquisition.
        as_of: what happened later is unknown; where None, the newest touchpoint.
        personas: knows the personas, where the scope names one.
        budget: how many touchpoints each statement may read.

    Raises:
        CostError: it would read more.
        QuestionError: the question makes no sense.
    """
    if not 1 <= months <= 10 * MONTHS:
        most = 10 * MONTHS
        raise CohortsError(say("bounds", name="months", least=1, most=most))
    zone = zone_of(scope.timezone)
    if as_of is None:
        as_of = min(newest_ms(asker, scope.tenant), settled_ms(scope, months))
    first, end = scope.range_ms()
    values = Values()
    persons = persons_of(scope, values, personas)
    ever = msgspec.structs.replace(
        scope, from_=None, to=min(max(as_of, 0) + 1, END_OF_TIME_MS)
    )
    text = Template(question("cohorts", _PACKAGE)).substitute(
        touchpoints=touchpoints_of(ever, COLUMNS_OF_STEPS, values, persons),
        acquired=step_sql(acquired, values),
        returned=step_sql(returned, values),
    )
    fixed: dict[str, object] = {
        "tenant": scope.tenant,
        "timezone": zone.key,
        "from_ms": first,
        "end_ms": end,
        **values.bound,
    }
    afford(asker, Statement(text, fixed), budget, "cost_ever")
    rows = ask_all(asker, text, fixed, _Row)
    return Cohorts(
        acquired=acquired.label,
        returned=returned.label,
        timezone=zone.key,
        as_of=as_of,
        cohorts=_cohorts(rows, zone, as_of, months),
        notes=_notes(asker, scope, (acquired, returned), rows),
        evidence=Evidence(DEFINITION, text, fixed),
    )


def _notes(
    asker: Asker, scope: Scope, steps: tuple[Step, Step], rows: list[_Row]
) -> list[Sentence]:
    named = [step for step in steps if step is not ANYTHING]
    again = steps[1] is ANYTHING or any(row.after for row in rows)
    types = [name for step in named for name in step.types]
    return hints(asker, scope, types, found=bool(rows) and again)


def settled_ms(scope: Scope, months: int) -> int:
    """From which moment on nothing that happens changes the cohorts of a scope.

    Args:
        scope: its range bounds the acquisition.
        months: how many months after it are looked at.
    """
    # The month of the acquisition, those after it, and one for where months begin.
    return min(scope.range_ms()[1] + (months + 2) * 31 * UNITS_MS["d"], END_OF_TIME_MS)


def _cohorts(rows: list[_Row], zone: ZoneInfo, as_of: int, months: int) -> list[Cohort]:
    today = datetime.fromtimestamp(as_of / 1000, zone)
    newest = today.year * 12 + today.month
    found = {(row.month, row.after): row.persons for row in rows}
    cohorts = []
    for month in sorted({row.month for row in rows}):
        size = found[month, 0]
        cells = [
            CohortCell(
                after=after,
                month=_name(month + after),
                persons=found.get((month, after), 0),
                share=share(found.get((month, after), 0), size),
                pending=month + after == newest,
            )
            for after in range(1, min(months, newest - month) + 1)
        ]
        cohorts.append(Cohort(_name(month), size, month == newest, cells))
    return cohorts


def _name(month: int) -> str:
    year, before = divmod(month - 1, 12)
    return f"{year:04}-{before + 1:02}"
