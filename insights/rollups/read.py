"""Answers of registered funnels, from their days: any range of days, in milliseconds."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.evidence import Evidence
from insights.funnels.answer import FunnelAnswer, answered
from insights.funnels.checks import check
from insights.funnels.numbers import StepRow, numbers
from insights.funnels.spec import Funnel
from insights.rollups.ledger import PACKAGE, Entry, entries
from insights.rollups.registered import Registered
from insights.sentences import Sentence, say
from insights.times import END_OF_TIME_MS

DEFINITION: Final = (
    "Different persons with an entry in these days, by how far their best attempt got; "
    "counted beforehand (docs/performance.md)."
)
_FIRST_DAY: Final = "1970-01-02"
_LAST_DAY: Final = "2100-01-01"


class _DayRow(Struct):
    step: int
    reached: int
    waiting: int


def answer_days(asker: Asker, one: Registered, asked: Funnel) -> FunnelAnswer | None:
    """Answer a registered funnel from its days.

    The counts are exactly those of the same funnel asked of the touchpoints, at the
    moment `as_of` of the answer. Times between steps are not part of it.

    Args:
        asker: whom to ask.
        one: the registered funnel.
        asked: tenant and range: the funnel itself, with `from_`, `to` and `tenant`.

    Raises:
        QuestionError: the range makes no sense.

    Returns:
        None where the days cannot tell: nothing has been rolled up yet, a step's type
        cannot be told from another one (alike.py), the range does not begin and end
        with a day, or it ends so lately that whether its entries
        still have time is another question than whether the persons have.
    """
    check(asked)
    entry = entries(asker).get(one.definition)
    if entry is None or asked.tenant not in entry.as_of:
        return None
    as_of = entry.as_of[asked.tenant]
    # Nobody's time runs out in the phases of a model: who has not gone on is pending.
    days = _days(asked, as_of, 0 if one.model else asked.window_ms)
    if days is None:
        return None
    values: dict[str, object] = {
        "tenant": asked.tenant,
        "definition": one.definition,
        "from_day": days[0],
        "to_day": days[1],
    }
    text = question("read", PACKAGE)
    rows = ask_all(asker, text, values, _DayRow)
    if days[1] != _LAST_DAY and not one.model:
        # No entry of the range still has time, though the person may have a later one.
        rows = [_DayRow(row.step, row.reached, 0) for row in rows]
    found = {row.step: row for row in rows}
    evidence = [Evidence(DEFINITION, text, values)]
    whole = numbers(asked, _rows(asked, found))
    return answered(asked, whole, as_of, _notes(entry), evidence)


def _days(asked: Funnel, as_of: int, window_ms: int) -> tuple[str, str] | None:
    first, end = asked.from_ms, asked.to_ms
    end = None if end is None or end > min(as_of, END_OF_TIME_MS) else end
    if end is not None and end > as_of - window_ms:
        return None
    zone = ZoneInfo(asked.timezone)
    from_day = _FIRST_DAY if not first or first < 0 else _day(first, zone)
    to_day = _LAST_DAY if end is None else _day(end, zone)
    return None if from_day is None or to_day is None else (from_day, to_day)


def _day(moment_ms: int, zone: ZoneInfo) -> str | None:
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(zone)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment.date().isoformat() if moment == midnight else None


def _rows(asked: Funnel, found: dict[int, _DayRow]) -> list[StepRow]:
    steps = len(asked.steps)
    empty = _DayRow(0, 0, 0)
    reached = [found.get(k, empty).reached for k in range(1, steps + 1)] + [0]
    waiting = [found.get(k, empty).waiting for k in range(1, steps + 1)] + [0]
    rows = [StepRow(4, "", 0, reached[0], 0, 0, 0, 0, 0, [], [])]
    for k in range(1, steps + 1):
        ended = reached[k - 1] - reached[k] if k < steps else 0
        pending = waiting[k - 1] - waiting[k] if k < steps else 0
        units = reached[k - 1]
        rows.append(
            StepRow(4, "", k, units, 0, 0, ended - pending, pending, units, [], [])
        )
    return rows


def _notes(entry: Entry) -> list[Sentence]:
    moment = datetime.fromtimestamp(entry.rolled_at / 1000, UTC)
    return [say("beforehand", moment=f"{moment:%Y-%m-%d %H:%M:%S}")]
