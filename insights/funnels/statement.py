"""A funnel compiled to one statement: fixed texts, bound values, nothing else.

The statement is made of layers, each a query over the one before: the units with their
touchpoints, what is tried for each of them, what became of it, and the question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType
from typing import Final, Literal

from insights.asker import question
from insights.conditions import Values
from insights.funnels import masks
from insights.funnels.checks import MAX_VALUES, check
from insights.funnels.folds import Folds
from insights.funnels.spec import Breakdown, Funnel
from insights.personas.assign import joined
from insights.personas.spec import PersonaModel
from insights.scope import PERSON, Personas, Scope, persons_of
from insights.statements import Statement, statement
from insights.times import END_OF_TIME_MS

MAX_TOUCHPOINTS: Final = 10_000
"""Of one unit; more are left out, and the answer says of how many units."""

Period = Literal["day", "week", "month"]

_UNITS: Final = {
    "person": PERSON,
    "session": "session_id",
    "cart": "cart_id",
    "order": "order_id",
    "ticket": "ticket_id",
}
_PERIODS: Final = {
    "day": "toDate(occurred_at, {timezone:String})",
    "week": "toMonday(occurred_at, {timezone:String})",
    "month": "toStartOfMonth(occurred_at, {timezone:String})",
}
_ALL_BITS: Final = (1 << 48) - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A funnel, and what is asked of it.

    Attributes:
        as_of_ms: the moment to answer for, epoch milliseconds.
        bucketed: by the values of the breakdown.
        period: by the period of entry.
        unit: of this unit alone, where not empty.
        detailed: with the touchpoints themselves.
        one_in: of how many units one is looked at.
        personas: finds the persons of the funnel's persona.
        persona_model: whose personas a breakdown by persona tells apart.
    """

    funnel: Funnel
    as_of_ms: int
    bucketed: bool = False
    period: Period | None = None
    unit: str = ""
    detailed: bool = False
    one_in: int = 1
    personas: Personas | None = None
    persona_model: PersonaModel | None = None

    @property
    def attribution(self) -> str:
        """Of the breakdown, where it is asked by buckets."""
        breakdown = self.funnel.breakdown
        if breakdown is None or not self.bucketed:
            return ""
        return "step" if breakdown.step else breakdown.attribution

    @property
    def one_value(self) -> bool:
        """Whether the steps of an attempt share the value of the breakdown."""
        breakdown = self.funnel.breakdown
        return breakdown is not None and breakdown.attribution == "all_steps"

    @property
    def by_persona(self) -> bool:
        """Whether the persona of each touchpoint's person is asked for."""
        breakdown = self.funnel.breakdown
        asked = bool(self.attribution) or self.one_value
        return breakdown is not None and breakdown.by_persona and asked

    @property
    def held(self) -> bool:
        """Whether values are held constant over the steps."""
        return bool(self.funnel.hold) or self.funnel.session or self.one_value

    @property
    def valued(self) -> bool:
        """Whether each value of the breakdown's step is tried by itself."""
        return self.attribution == "step" and self.funnel.count == "uniques"


@dataclass(slots=True)
class _Units:
    """The first layer: what of each touchpoint is kept."""

    details: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)

    def keep(self, name: str, expression: str) -> None:
        """Keep an array of what `expression` is for each touchpoint."""
        self.details.append(expression)
        place = 5 + len(self.details)
        self.columns.append(f"arrayMap(event -> event.{place}, kept) AS {name}")


def attempts(asked: Asked) -> tuple[str, dict[str, object]]:
    """The query for what became of every attempt, with its values.

    Raises:
        QuestionError: the funnel or one of its conditions makes no sense.
    """
    funnel = asked.funnel
    check(funnel)
    values = Values()
    source = _units(asked, values)
    if asked.valued:
        source = _layer("valued", source)
    if asked.held:
        source = _layer("held", source)
    uniques = funnel.count == "uniques"
    if asked.period and uniques:
        source = _layer("periods", source)
    if not funnel.closed:
        source = _layer("entries", source)
    folds = Folds(funnel)
    if not uniques:
        source = _layer("episodes", source, **folds.episodes())
    if asked.held or asked.valued or asked.period:
        source = _layer("mattering", source)
    source = _layer("walked", source, **folds.walked())
    chosen = uniques and (asked.held or not funnel.closed)
    if chosen:
        source = _layer("chosen", source, **_chosen(asked))
    source = _layer("attempts", source, **_attempts(asked, chosen=chosen))
    if asked.valued:
        source = _layer("reached", source)
    return source, _fixed(asked) | values.bound


def touchpoints_read(asked: Asked) -> Statement:
    """The part of every question about a funnel that reads touchpoints: to be estimated.

    The layers above it read no more, and take longer to plan than many questions to answer.

    Raises:
        QuestionError: the funnel or one of its conditions makes no sense.
    """
    check(asked.funnel)
    values = Values()
    source = _units(asked, values)
    return statement(source, _fixed(asked) | values.bound)


def over_attempts(
    name: str,
    asked: Asked,
    more: Mapping[str, object] = MappingProxyType({}),
    **texts: str,
) -> Statement:
    """A question of this package about the attempts.

    Args:
        name: of the question in `sql/`.
        asked: the funnel.
        more: values of the question itself.
        texts: fixed texts of the question.

    Raises:
        QuestionError: the funnel or one of its conditions makes no sense.
    """
    source, values = attempts(asked)
    breakdown = asked.funnel.breakdown
    if asked.bucketed and breakdown is not None and not asked.detailed:
        source = _layer("buckets", source, unit="''" if name == "steps" else "unit")
        values["most"] = MAX_VALUES if breakdown.by_persona else breakdown.limit
    return statement(_layer(name, source, **texts), values | dict(more))


def _layer(name: str, source: str, **texts: str) -> str:
    template = Template(question(name, "insights.funnels"))
    return template.substitute(source=source.replace("\n", "\n    "), **texts)


def _units(asked: Asked, values: Values) -> str:
    funnel, kept = asked.funnel, _Units()
    if asked.held:
        kept.keep("helds", _held(asked, values))
    if asked.attribution and funnel.breakdown:
        there, text = _told(funnel.breakdown, values, exact=False)
        kept.keep("values", f"(if({there}, {text}, ''), toUInt8({there}))")
    if asked.period:
        kept.keep("periods", f"toString({_PERIODS[asked.period]})")
    unit = _UNITS[funnel.unit]
    genuine = masks.genuine(funnel, values)
    if funnel.persona:
        genuine += f" AND {PERSON} IN ({_persons(asked, values)})"
    if asked.unit:
        genuine += f" AND {unit} = {values.bind(asked.unit, 'String')}"
    if asked.one_in > 1:
        genuine += (
            f" AND cityHash64({unit}) % {values.bind(asked.one_in, 'UInt32')} = 0"
        )
    return _layer(
        "units",
        "",
        columns="".join(f",\n    {column}" for column in kept.columns),
        details="".join(f",\n{' ' * 20}{one}" for one in kept.details),
        unit=unit,
        mask=masks.mask(funnel, values),
        joined=_joined(asked, values),
        considered=masks.considered(funnel, values),
        genuine=genuine,
    )


def _persons(asked: Asked, values: Values) -> str:
    """The query for the ids of the persons of the funnel's persona."""
    return persons_of(Scope(persona=asked.funnel.persona), values, asked.personas)


def _joined(asked: Asked, values: Values) -> str:
    """What is joined to the touchpoints: whose they are, and which persona that is."""
    funnel = asked.funnel
    if funnel.unit != "person" and not funnel.persona and not asked.by_persona:
        return ""
    redirected = question("redirected")
    if not asked.by_persona:
        return redirected
    return f"{redirected}\n{joined(asked.persona_model, PERSON, values)}"


def _told(breakdown: Breakdown, values: Values, *, exact: bool) -> tuple[str, str]:
    """SQL of whether a touchpoint has a value of the breakdown, and of the value."""
    if breakdown.by_persona:
        return "(personas.persona != '')", "personas.persona"
    key = breakdown.property_
    return masks.present(key, values), masks.text_of(key, values, exact=exact)


def _held(asked: Asked, values: Values) -> str:
    funnel = asked.funnel
    keys = [*funnel.hold, *(["session_id"] if funnel.session else [])]
    there = [masks.present(key, values) for key in keys]
    texts = [masks.text_of(key, values, exact=True) for key in keys]
    if asked.one_value and funnel.breakdown:
        has, text = _told(funnel.breakdown, values, exact=True)
        texts.append(f"if({has}, concat('=', {text}), '')")
    every = " AND ".join(there) or "true"
    return f"if({every}, toString(tuple({', '.join(texts)})), '')"


def _chosen(asked: Asked) -> dict[str, str]:
    by = ["unit"]
    if asked.valued:
        by.append("tried")
    if asked.period:
        by.append("period")
    carried = ["any(capped) AS capped"]
    if asked.attribution:
        carried.append("any(values) AS values")
    if asked.detailed:
        carried.append("any(kept) AS kept")
    return {
        "by": ", ".join(by),
        "carried": ",\n    ".join(carried),
        "held": "held" if asked.held else "''",
    }


def _attempts(asked: Asked, *, chosen: bool) -> dict[str, str]:
    funnel = asked.funnel
    columns = ["kept"] if asked.detailed else []
    if asked.period and funnel.count == "uniques":
        columns.append("period")
    elif asked.period:
        columns.append("periods[bitAnd(walk[1], 1048575)] AS period")
    optional = len(funnel.required) < len(funnel.steps)
    return {
        "columns": "".join(f"\n    {column}," for column in columns),
        "far_entry": "far_entry" if chosen else "entry",
        "done": question("optional", "insights.funnels") if optional else "needed",
        "bucket": _bucket(asked),
    }


def _bucket(asked: Asked) -> str:
    funnel = asked.funnel
    label = "if({0}.2 = 1, (0, {0}.1), (1, ''))"
    places = "arrayMap(at -> values[bitAnd(at, 1048575)], walk)"
    match asked.attribution:
        case "first_touch":
            return label.format(f"arrayFirst(one -> one.2 = 1, {places})")
        case "last_touch":
            return label.format(f"arrayLast(one -> one.2 = 1, {places})")
        case "all_steps":
            return label.format(f"{places}[1]")
        case "step" if funnel.breakdown:
            level = funnel.required.index(funnel.breakdown.step) + 1
            here = f"{places}[{level} - begin + 1]" if not asked.valued else "tried"
            there = f"level >= {level} AND begin <= {level}"
            return f"if({there}, {label.format(here)}, (2, ''))"
    return "(4, '')"


def _fixed(asked: Asked) -> dict[str, object]:
    """Every value that a layer may name."""
    funnel = asked.funnel
    levels, steps = len(funnel.required), len(funnel.steps)
    every_step = (1 << steps) - 1
    entry = every_step if funnel.order == "any" else 1
    fixed: dict[str, object] = {
        "tenant": funnel.tenant,
        "timezone": funnel.timezone,
        "cap": MAX_TOUCHPOINTS,
        "levels": levels,
        "walks": every_step if funnel.order == "any" else levels,
        "no_steps": _ALL_BITS - every_step,
        "no_entry": _ALL_BITS - (1 << masks.IN_RANGE),
        "entry_steps": entry if funnel.closed else (1 << levels) - 1,
    }
    breakdown = funnel.breakdown
    if breakdown is not None and breakdown.step:
        bit = masks.bits_of(funnel)[breakdown.step - 1]
        fixed["valued_bit"] = 1 << bit
    return fixed | _times(asked) | _places(funnel) | Folds(funnel).parameters()


def _times(asked: Asked) -> dict[str, object]:
    funnel = asked.funnel
    first, end = funnel.from_ms or 0, funnel.to_ms
    end = END_OF_TIME_MS if end is None else min(end, END_OF_TIME_MS)
    last = min(end + funnel.window_ms, asked.as_of_ms, END_OF_TIME_MS)
    return {
        "window_ms": funnel.window_ms,
        "from_ms": max(0, min(first, END_OF_TIME_MS)),
        "end_ms": end,
        "last_ms": max(0, last),
        "as_of_ms": asked.as_of_ms,
    }


def _places(funnel: Funnel) -> dict[str, object]:
    """Which step is which required one, and between which the optional ones are."""
    required, bits = funnel.required, masks.bits_of(funnel)
    every = range(1, len(funnel.steps) + 1)
    optional = [number for number in every if number not in required]
    before = [sum(one < number for one in required) for number in every]
    return {
        "required": required,
        "previous": [required[max(level - 1, 0)] for level in before],
        "step_levels": [required.index(n) + 1 if n in required else 0 for n in every],
        "step_places": [optional.index(n) + 1 if n in optional else 0 for n in every],
        "optional_bits": [1 << bits[number - 1] for number in optional],
        "optional_levels": [before[number - 1] for number in optional],
    }
