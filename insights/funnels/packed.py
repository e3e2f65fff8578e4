"""The plan for plain ordered funnels: over timelines, in a fraction of the time.

It answers the same as `statement.py`, exactly, for funnels of which no touchpoint can be
two steps and no condition looks beyond the type; `eligible` says which.
"""

from collections.abc import Callable, Sequence
from string import Template
from typing import Final

from insights.asker import question
from insights.conditions import Values
from insights.funnels.spec import Funnel, Step
from insights.funnels.statement import MAX_TOUCHPOINTS, Asked
from insights.times import END_OF_TIME_MS

_PACKAGE: Final = "insights.funnels"
_PLACES: Final = {
    "channel": "channels",
    "store_id": "stores",
    "campaign_name": "campaigns",
    "device_class": "devices",
}
"""Columns that a timeline carries for breakdowns, and what they are called there."""

_IN_RANGE: Final = (
    " AND $event >= bitShiftLeft({from_ms:UInt64}, 22) "
    "AND $event < bitShiftLeft({last_ms:UInt64} + 1, 22)"
)
_SHARES: Final = "0.5, 0.75, 0.95"
_NO_TIMES: Final = "[toFloat64(0), 0, 0]"


def eligible(asked: Asked) -> bool:
    """Whether a question can be answered from the timelines."""
    funnel = asked.funnel
    if asked.period or asked.unit or asked.detailed:
        return False
    if asked.bucketed and not _bucketed(funnel):
        return False
    return plain(funnel)


def plain(funnel: Funnel) -> bool:
    """Whether only the types, order and times of touchpoints decide."""
    usual = Funnel(steps=funnel.steps)
    asked = (
        "unit", "order", "session", "closed", "exclude", "hold", "count", "eligible",
        "net", "include_bots", "include_machine", "persona",
    )  # fmt: skip
    if any(getattr(funnel, name) != getattr(usual, name) for name in asked):
        return False
    types = [name for step in funnel.steps for name in step.types]
    return len(types) == len(set(types)) and all(map(_plain_step, funnel.steps))


def compile_packed(
    asked: Asked, rolled_as_of: int, base: int
) -> tuple[str, dict[str, object]]:
    """The statement with the rows of `steps.sql`, and its values.

    Args:
        asked: an eligible question.
        rolled_as_of: up to which moment the timelines tell everything.
        base: version of the timelines up to which no row was replaced by another one.
    """
    funnel, values = asked.funnel, Values()
    codes = Codes(funnel.steps, values)
    first, end = _range(funnel)
    bounded = first > 0 or end <= asked.as_of_ms or asked.as_of_ms < rolled_as_of
    skipping = not (bounded or asked.bucketed) and len(funnel.steps) > 1
    texts = _Texts(len(funnel.steps), codes)
    text = _text(
        "packed",
        counted=_text(
            "packed_buckets" if asked.bucketed else "packed_whole",
            reached=texts.each("countIf(level >= {k})"),
            waiting=texts.each("countIf(open AND level = {k})"),
            persons=_persons(texts, asked, skipping=skipping),
            **(texts.merged() if asked.bucketed else texts.sorted_once()),
            others=_others(codes) if skipping else "found[1]",
        ),
    )
    fixed: dict[str, object] = {
        "tenant": funnel.tenant,
        "steps": len(funnel.steps),
        "window_ms": funnel.window_ms,
        "as_of_ms": asked.as_of_ms,
        "cap": MAX_TOUCHPOINTS,
        "base": base,
        "from_ms": first,
        "end_ms": end,
        "last_ms": max(0, min(end + funnel.window_ms, asked.as_of_ms, END_OF_TIME_MS)),
        "window_packed": (funnel.window_ms << 22) + (1 << 22) - 1,
    }
    fixed["limit"] = funnel.breakdown.limit if funnel.breakdown else 0
    named = {key: value for key, value in fixed.items() if f"{{{key}:" in text}
    return text, named | values.bound


class Codes:
    """What tells the steps apart in a packed timeline: hashes of their types."""

    def __init__(self, steps: Sequence[Step], values: Values) -> None:
        self._places = [
            [
                f"toUInt32(bitAnd(cityHash64({values.bind(name, 'String')}), 4194303))"
                for name in step.types
            ]
            for step in steps
        ]

    def is_step(self, number: int, event: str = "event") -> str:
        """SQL of whether an event is of the step."""
        return self._either(self._places[number - 1], f"bitAnd({event}, 4194303)")

    def is_any(self, event: str = "event") -> str:
        """SQL of whether an event is of any step."""
        every = [place for places in self._places for place in places]
        return self._either(every, f"bitAnd({event}, 4194303)")

    def has(self, number: int) -> str:
        """SQL of whether a person ever did the step."""
        tests = (f"has(present, {place})" for place in self._places[number - 1])
        return f"({' OR '.join(tests)})"

    def may_have(self, number: int) -> str:
        """SQL of whether a person may have done the step: false only where not."""
        bits = (
            f"bitTest(signature, {place} % 64)" for place in self._places[number - 1]
        )
        return f"({' OR '.join(bits)})"

    @staticmethod
    def _either(places: Sequence[str], code: str) -> str:
        return f"({' OR '.join(f'{code} = {place}' for place in places)})"


class _Texts:
    """The texts that grow with the number of steps."""

    def __init__(self, steps: int, codes: Codes) -> None:
        self.steps = steps
        self.codes = codes

    def each(self, form: str, first: int = 1) -> str:
        return ", ".join(self._lines(lambda k: form.format(k=k, j=k - 1), first))

    def sorted_once(self) -> dict[str, str]:
        """Quantiles of the times of all."""
        return {
            "from_first": self._times(lambda k: _quantiles("If", k, 1)),
            "from_previous": self._times(lambda k: _quantiles("If", k, k - 1)),
        }

    def merged(self) -> dict[str, str]:
        """The same of each bucket, from the states of those that it is put together of."""
        states = ["'' AS nothing"]  # of one step there are no times
        for k in range(2, self.steps + 1):
            states.append(f"{_quantiles('StateIf', k, 1)} AS since_first_{k}")
            states.append(f"{_quantiles('StateIf', k, k - 1)} AS since_previous_{k}")
        merge = f"quantilesExactInclusiveMerge({_SHARES})"
        return {
            "states": ", ".join(states),
            "from_first": self._times(lambda k: f"{merge}(since_first_{k})"),
            "from_previous": self._times(lambda k: f"{merge}(since_previous_{k})"),
        }

    def _times(self, line: Callable[[int], str]) -> str:
        return ", ".join([_NO_TIMES, *self._lines(line, 2)])

    def layers(self, source: str) -> str:
        """The queries over the matched touchpoints, the last one outermost."""
        first = (
            f"{self.codes.is_step(1)} AND event < bitShiftLeft({{end_ms:UInt64}}, 22)"
        )
        expressions = [
            (
                "arrayMap((event, place) -> bitOr(bitShiftLeft(bitShiftRight(event, 22), 22), "
                "place), f, arrayEnumerate(f)) AS here"
            ),
            f"arrayFill((began, event) -> {first}, here, f) AS began_1",
        ]
        for k in range(2, self.steps + 1):
            start = (
                "arrayMap((began, place) -> bitOr(bitShiftLeft(bitShiftRight(began, 22), "
                f"22), bitAnd(place, 4194303)), began_{k - 1}, here)"
            )
            expressions.append(
                f"arrayFill((began, event) -> {self.codes.is_step(k)} "
                "AND bitOr(event, 4194303) <= began + {window_packed:UInt64}, "
                f"{start}, f) AS began_{k}"
            )
        expressions += [f"{self.level()} AS level", *self.places()]
        for expression in expressions:
            # Texts of ours, and places of bound values.
            source = f"SELECT *, {expression} FROM ({source})"  # noqa: S608
        return source

    def places(self) -> list[str]:
        lines = []
        for k in range(self.steps, 0, -1):
            found = f"arrayFirstIndex(began -> began > 4194303, began_{k})"
            further = "0"
            if k < self.steps:
                further = f"bitAnd(began_{k}[at_{k + 1} - 1], 4194303)"
            lines.append(
                f"multiIf(level < {k}, 0, level = {k}, {found}, {further}) AS at_{k}"
            )
        return lines

    def time_columns(self) -> str:
        lines = self._lines(
            lambda k: f"toInt64(bitShiftRight(f[at_{k}], 22)) AS time_{k},", 1
        )
        return "\n    ".join(lines)

    def nobody(self) -> str:
        """A row of `packed_persons.sql` with nobody in it."""
        none = "toUInt8(0)"
        times = self._lines(lambda k: f"toInt64(0) AS time_{k}", 1)
        columns = [f"{none} AS level", f"{none} AS capped", f"{none} AS open", *times]
        return f"SELECT {', '.join(columns)}, '' AS value"

    def level(self) -> str:
        return " + ".join(self._lines(lambda k: f"(began_{k}[-1] > 4194303)", 1))

    def _lines(self, line: Callable[[int], str], first: int) -> list[str]:
        return [line(k) for k in range(first, self.steps + 1)]


def _quantiles(how: str, step: int, since: int) -> str:
    times = f"time_{step} - time_{since}"
    return f"quantilesExactInclusive{how}({_SHARES})({times}, level >= {step})"


def _persons(texts: _Texts, asked: Asked, *, skipping: bool) -> str:
    codes = texts.codes
    breakdown = asked.funnel.breakdown
    column, value = "", "'' AS value"
    if asked.bucketed and breakdown:
        column = _PLACES[breakdown.property_]
        value = _value(texts.steps, breakdown.attribution)
    chosen = codes.may_have(1)
    if skipping:
        chosen += f" AND ({_going_on(codes)})"
    elif not asked.bucketed:
        chosen += " AND newest_at >= {from_ms:Int64}"
    matched = _text(
        "packed_matched",
        kept=_kept(codes, column, "" if skipping else _IN_RANGE),
        chosen=f"({chosen})",
        current=_current(),
    )
    found = _text(
        "packed_persons",
        times=texts.time_columns(),
        value=value,
        layers=texts.layers(matched),
    )
    # A row that counts for nobody: where nobody is looked at, the others still count.
    return f"{found}\nUNION ALL\n{texts.nobody()}" if skipping else found


def _kept(codes: Codes, column: str, in_range: str) -> str:
    """SQL of `matched`, and of `values`, as long, where there is a column of them."""
    if not column:
        chosen = codes.is_any() + in_range.replace("$event", "event")
        return f"arrayFilter(event -> {chosen}, events) AS matched"
    chosen = codes.is_any("one.1") + in_range.replace("$event", "one.1")
    return (
        f"arrayFilter(one -> {chosen}, arrayZip(events, {column})) AS kept,\n"
        "    kept.1 AS matched,\n"
        "    kept.2 AS values"
    )


def _current() -> str:
    return question("packed_current", _PACKAGE)


def _others(codes: Codes) -> str:
    return _text("packed_others", entered=codes.has(1), current=_current())


def _going_on(codes: Codes) -> str:
    return (
        f"{codes.may_have(2)} OR newest_at + {{window_ms:Int64}} >= {{as_of_ms:Int64}} "
        "OR length(events) > {cap:UInt32}"
    )


def _value(steps: int, attribution: str) -> str:
    """SQL of the value that counts of the best walk; empty where no step has one."""
    # `f` begins with a 0, `values` do not. Where a step was not reached this asks for a
    # place far behind the end, and gets the empty text.
    places = [f"values[toUInt32(at_{k} - 1)]" for k in range(1, steps + 1)]
    if attribution == "last_touch":
        places.reverse()
    found = ", ".join(f"{place} != '', {place}" for place in places)
    return f"multiIf({found}, '') AS value"


def _plain_step(step: Step) -> bool:
    usual = (step.where, step.optional, step.within, step.at_least)
    return not any(usual) and not step.every_type


def _bucketed(funnel: Funnel) -> bool:
    breakdown = funnel.breakdown
    return (
        breakdown is not None
        and breakdown.property_ in _PLACES
        and breakdown.attribution in ("first_touch", "last_touch")
    )


def _range(funnel: Funnel) -> tuple[int, int]:
    first, end = funnel.from_ms or 0, funnel.to_ms
    end = END_OF_TIME_MS if end is None else min(end, END_OF_TIME_MS)
    return max(0, min(first, END_OF_TIME_MS)), end


def _text(name: str, **texts: str) -> str:
    return Template(question(name, _PACKAGE)).substitute(texts)
