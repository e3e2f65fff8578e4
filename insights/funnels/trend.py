"""A funnel over time: what became of those who entered in each period."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.evidence import Evidence
from insights.funnels.answer import moment_of, names_nowhere
from insights.funnels.checks import check
from insights.funnels.plans import BUDGET
from insights.funnels.spec import Funnel, FunnelError
from insights.funnels.statement import Asked, Period, over_attempts
from insights.personas.spec import PersonaModel
from insights.scope import Personas
from insights.sentences import Sentence, say
from insights.statements import afford

MAX_POINTS = 4_000
DEFINITION = (
    "By the period in which an attempt begins, in the funnel's time zone. A unit that "
    "enters in several periods counts in each, with its best attempt of that period."
)


class Point(Struct):
    """One period.

    entered = converted + dropped + pending + excluded.

    Attributes:
        period: its first day, ISO 8601.
        begins_at, ends_at: epoch milliseconds; the end is out.
        rate: share of those who entered and are not excluded that converted; None
            where nobody entered.
        complete: everybody's time is over: the numbers will stay as they are, but for
            touchpoints that arrive late.
    """

    period: str
    begins_at: int
    ends_at: int
    entered: int
    converted: int
    dropped: int
    pending: int
    excluded: int
    rate: float | None
    complete: bool


class Trend(Struct):
    """A funnel by the period of entry, without gaps."""

    name: str
    unit: str
    period: Period
    timezone: str
    as_of: int
    points: list[Point]
    notes: list[Sentence]
    evidence: Evidence


class _Row(Struct):
    period: str
    entered: int
    converted: int
    dropped: int
    pending: int
    excluded: int


def trend(  # noqa: PLR0913 - each says what is asked
    asker: Asker,
    funnel: Funnel,
    period: Period,
    as_of: int | None = None,
    *,
    budget: int = BUDGET,
    personas: Personas | None = None,
    persona_model: PersonaModel | None = None,
) -> Trend:
    """Answer a funnel by day, ISO week or month of entry.

    Args:
        asker: whom to ask.
        funnel: the question; its breakdown is not told apart.
        period: `day`, `week` (from Monday) or `month`, in the funnel's time zone.
        as_of: as in `answer.answer`.
        budget: how many touchpoints it may read.
        personas: finds the persons of the funnel's persona.
        persona_model: whose personas a breakdown by persona tells apart.

    Raises:
        CostError: it would read more.
        QuestionError: the funnel makes no sense, or there would be too many periods.
    """
    check(funnel)
    moment = moment_of(asker, funnel, as_of)
    asked = Asked(
        funnel,
        moment,
        period=period,
        personas=personas,
        persona_model=persona_model,
    )
    asking = over_attempts("trend", asked)
    afford(asker, asking, budget)
    rows = {row.period: row for row in ask_all(asker, asking.text, asking.values, _Row)}
    notes = names_nowhere(asker, funnel, found=bool(rows))
    if funnel.breakdown is not None:
        notes.append(say("trend_breakdown"))
    return Trend(
        name=funnel.name,
        unit=funnel.unit,
        period=period,
        timezone=funnel.timezone,
        as_of=moment,
        points=[
            _point(funnel, day, period, rows.get(day.isoformat()), moment)
            for day in _days(funnel, period, rows)
        ],
        notes=notes,
        evidence=Evidence(DEFINITION, asking.text, asking.values),
    )


def _days(funnel: Funnel, period: Period, rows: dict[str, _Row]) -> list[date]:
    """The first day of each period, from the range's begin or the first entry on."""
    known = [date.fromisoformat(name) for name in rows]
    if funnel.from_ms is not None:
        known.append(_begin(_day(funnel, funnel.from_ms), period))
    if funnel.to_ms is not None:
        known.append(_begin(_day(funnel, funnel.to_ms - 1), period))
    if not rows and None in (funnel.from_ms, funnel.to_ms):
        return []
    days, end = [min(known)], max(known)
    while days[-1] < end:
        days.append(_next(days[-1], period))
        if len(days) > MAX_POINTS:
            raise FunnelError(say("many_periods", most=MAX_POINTS))
    return days


def _day(funnel: Funnel, at: int) -> date:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.astimezone(ZoneInfo(funnel.timezone)).date()


def _begin(day: date, period: Period) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def _next(day: date, period: Period) -> date:
    if period == "month":
        return _begin(day + timedelta(days=31), period)
    return day + timedelta(days=7 if period == "week" else 1)


def _point(
    funnel: Funnel, day: date, period: Period, row: _Row | None, as_of: int
) -> Point:
    begins_at, ends_at = (_midnight(funnel, one) for one in (day, _next(day, period)))
    found = row or _Row("", 0, 0, 0, 0, 0)
    clean = found.entered - found.excluded
    last = ends_at if funnel.to_ms is None else min(ends_at, funnel.to_ms)
    return Point(
        period=day.isoformat(),
        begins_at=begins_at,
        ends_at=ends_at,
        entered=found.entered,
        converted=found.converted,
        dropped=found.dropped,
        pending=found.pending,
        excluded=found.excluded,
        rate=found.converted / clean if clean else None,
        complete=last + funnel.window_ms <= as_of,
    )


def _midnight(funnel: Funnel, day: date) -> int:
    moment = datetime.combine(day, time(), ZoneInfo(funnel.timezone))
    return round(moment.timestamp() * 1000)
