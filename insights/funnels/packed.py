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
        "net", "include_bots", "include_machine",
    )  # fmt: skip
    if any(getattr(funnel, name) != getattr(usual, name) for name in asked):
        return False
    types = [name for step in funnel.steps for name in step.types]
    return len(types) == len(set(types)) and all(map(_plain_step, funnel.steps))


def compile_packed(asked: Asked, rolled_as_of: int) -> tuple[str, dict[str, object]]:
    """The statement with the rows of `steps.sql`, and its values.

    Args:
        asked: an eligible question.
        rolled_as_of: up to which moment the timelines tell everything.
    """
    funnel, values = asked.funnel, Values()
    codes = Codes(funnel.steps, values)
    first, end = _range(funnel)
    bounded = first > 0 or end <= asked.as_of_ms or asked.as_of_ms < rolled_as_of
    skipping = not (bounded or asked.bucketed) and len(funnel.steps) > 1
    texts = _Texts(len(funnel.steps), codes)
    text = _text(
        "packed",
        reached=texts.each("countIf(level >= {k})"),
        waiting=texts.each("countIf(open AND level = {k})"),
        states=texts.states(),
        from_first=texts.times("since_first_{k}"),
        from_previous=texts.times("since_previous_{k}"),
        others=_others(codes) if skipping else "toUInt64(0)",
        persons=_persons(texts, asked, skipping=skipping),
    )
    fixed: dict[str, object] = {
        "tenant": funnel.tenant,
        "steps": len(funnel.steps),
        "window_ms": funnel.window_ms,
        "as_of_ms": asked.as_of_ms,
        "cap": MAX_TOUCHPOINTS,
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

    def is_any(self) -> str:
        """SQL of whether `event` is of any step."""
        every = [place for places in self._places for place in places]
        return self._either(every, "bitAnd(event, 4194303)")

    def has(self, number: int) -> str:
        """SQL of whether a person ever did the step."""
        tests = (f"has(present, {place})" for place in self._places[number - 1])
        return f"({' OR '.join(tests)})"

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

    def states(self) -> str:
        state = "quantilesExactInclusiveStateIf({s})(time_{k} - time_{j}, level >= {k})"
        lines = ["'' AS nothing"]
        for k in range(2, self.steps + 1):
            first = state.format(s=_SHARES, k=k, j=1)
            previous = state.format(s=_SHARES, k=k, j=k - 1)
            lines += [f"{first} AS since_first_{k}", f"{previous} AS since_previous_{k}"]
        return ",\n                ".join(lines)

    def times(self, form: str) -> str:
        merge = f"quantilesExactInclusiveMerge({_SHARES})({form})"
        return ", ".join([_NO_TIMES, *self._lines(lambda k: merge.format(k=k), 2)])

    def fills(self) -> str:
        lines = []
        for k in range(1, self.steps + 1):
            valid = self.codes.is_step(k)
            if k == 1:
                valid += " AND event < bitShiftLeft({end_ms:UInt64}, 22)"
                lines.append(
                    f"arrayFill((moment, event) -> {valid}, moments, f) AS began_1"
                )
            else:
                valid += (
                    " AND began > 0 AND event - began <= {window_packed:Int64}"
                )
                lines.append(
                    f"arrayFill((began, event) -> {valid}, began_{k - 1}, f) AS began_{k}"
                )
            began = f"began_{max(k - 1, 1)}"
            if k < self.steps:
                lines.append(
                    f"arrayFill((place, began, event) -> {valid}, places, {began}, f) "
                    f"AS last_{k}"
                )
        return ",\n        ".join(lines)

    def places(self) -> str:
        lines = []
        for k in range(self.steps, 0, -1):
            found = f"arrayFirstIndex(began -> began > 0, began_{k})"
            further = f"last_{k}[at_{k + 1} - 1]" if k < self.steps else "0"
            lines.append(
                f"multiIf(level < {k}, 0, level = {k}, {found}, {further}) AS at_{k},"
            )
        return "\n    ".join(lines)

    def time_columns(self) -> str:
        lines = self._lines(
            lambda k: f"toInt64(bitShiftRight(f[at_{k}], 22)) AS time_{k},", 1
        )
        return "\n    ".join(lines)

    def level(self) -> str:
        return " + ".join(self._lines(lambda k: f"(began_{k}[-1] > 0)", 1))

    def _lines(self, line: Callable[[int], str], first: int) -> list[str]:
        return [line(k) for k in range(first, self.steps + 1)]


def _persons(texts: _Texts, asked: Asked, *, skipping: bool) -> str:
    codes = texts.codes
    columns, bucket = "", "(4, '')"
    in_range = (
        "event >= bitShiftLeft({from_ms:UInt64}, 22) "
        "AND event < bitShiftLeft({last_ms:UInt64} + 1, 22)"
    )
    breakdown = asked.funnel.breakdown
    if asked.bucketed and breakdown:
        column = _PLACES[breakdown.property_]
        columns = (
            f"arrayPushFront(arrayFilter((value, event) -> {codes.is_any()} "
            f"AND {in_range}, {column}, events), '') AS values,"
        )
        bucket = _bucket(texts.steps, breakdown.attribution)
    chosen = codes.has(1)
    if skipping:
        chosen += f" AND ({_going_on(codes)})"
    elif not asked.bucketed:
        chosen += " AND newest_at >= {from_ms:Int64}"
    return _text(
        "packed_persons",
        level=texts.level(),
        places=texts.places(),
        times=texts.time_columns(),
        bucket=bucket,
        columns=columns,
        step_types=codes.is_any(),
        in_range=in_range,
        fills=texts.fills(),
        chosen=chosen,
    )


def _others(codes: Codes) -> str:
    return _text("packed_others", entered=codes.has(1), going_on=_going_on(codes))


def _going_on(codes: Codes) -> str:
    return (
        f"{codes.has(2)} OR newest_at + {{window_ms:Int64}} >= {{as_of_ms:Int64}} "
        "OR length(events) > {cap:UInt32}"
    )


def _bucket(steps: int, attribution: str) -> str:
    places = ", ".join(f"at_{k}" for k in range(1, steps + 1))
    walk = f"arrayMap(at -> toString(values[at]), arrayFilter(at -> at > 0, [{places}]))"
    pick = "arrayFirst" if attribution == "first_touch" else "arrayLast"
    value = f"{pick}(value -> value != '', {walk})"
    return f"if({value} = '', (1, ''), (0, {value}))"


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
