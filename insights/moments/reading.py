"""What moments of truth are found in: who had what when, and who moved on, as counts."""

from string import Template
from typing import TYPE_CHECKING, Final

import msgspec

from insights.asker import Asker, ask_all, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.moments.cells import Row
from insights.newest import newest_ms
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.statements import BUDGET, Statement, afford
from insights.times import END_OF_TIME_MS, duration_ms
from insights.trails.reading import Asked, Trails
from schemas.vocabulary import TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights.moments.answer import Wanted

_PACKAGE: Final = "insights.moments"
_CONTROL: Final = [name for name, kind in TYPES.items() if kind.control]
_COLUMNS: Final = (
    "occurred_at",
    "seq",
    "source",
    "id",
    "type",
    "direction",
    "emotion_evidence",
)
_LABEL: Final = "toString(type)"
_FRICTION: Final = (
    "if(startsWith(emotion_evidence, 'friction:'), toString(emotion_evidence), "
    "toString(type))"
)
_TRAIL: Final = (
    "person_id",
    "moments",
    "types",
    "evidences",
    "inward",
    "sources",
    "ids",
    "step_moments",
    "step_from",
    "step_to",
)
_FRICTIONS: Final = (
    "arrayMap((evidence, type) -> if(startsWith(evidence, 'friction:'), "
    "toString(evidence), toString(type)), evidences, types)"
)
_DEFINITION: Final = (
    "Share of persons who reach a later phase within the horizon after their first "
    "touchpoint of the type in the phase, minus the share of comparable persons after "
    "another touchpoint, who had not had the type until then and were not at another "
    "moment of truth"
)


def read_rows(  # noqa: PLR0913 - as for `moments`
    asker: Asker,
    scope: Scope,
    several: "Sequence[Wanted]",
    personas: Personas | None,
    trails: Trails | None,
    *,
    budget: int = BUDGET,
) -> list[tuple[list[Row], Evidence]]:
    """What the moments are found in, and the statement that counts it.

    Args:
        asker: whom to ask.
        scope: as for `moments`; so are the others.
        several: what to look at, alike but for frictions: from trails in one pass.
        personas: finds the persons of the scope's persona.
        trails: to count from, where the touchpoints need not be.
        budget: as for `moments`.

    Raises:
        CostError: it would read more.
    """
    as_of = trails.newest if trails else newest_ms(asker, scope.tenant)
    counted = [_statement(scope, one, personas, as_of) for one in several]
    if trails is None:
        for one, asked in zip(several, counted, strict=True):
            afford(asker, asked, budget * one.one_in, "cost_one_in")
        told = [ask_all(asker, one.text, one.values, Row) for one in counted]
    else:
        labels = (_FRICTIONS if one.frictions else "types" for one in several)
        found = _from_trails(trails, scope, personas, counted[0], ", ".join(labels))
        rows = ask_all(asker, found.text, found.values, Row)
        told = [
            [row for row in rows if row.label == place]
            for place in range(1, len(counted) + 1)
        ]
    return [
        (rows, Evidence(_DEFINITION, one.text, one.values))
        for rows, one in zip(told, counted, strict=True)
    ]


def _from_trails(
    trails: Trails,
    scope: Scope,
    personas: Personas | None,
    counted: Statement,
    labels: str,
) -> Statement:
    text = Template(question("trail_moments", _PACKAGE)).safe_substitute(labels=labels)
    wide = msgspec.structs.replace(scope, from_=None)
    return trails.statement(text, Asked(wide, _TRAIL, personas), counted.values)


def _statement(
    scope: Scope, wanted: "Wanted", personas: Personas | None, as_of: int
) -> Statement:
    first, _ = scope.range_ms()
    # What came before the range says whether a touchpoint is the first of its type.
    wide = msgspec.structs.replace(scope, from_=None)
    values = Values()
    sql = Template(question("moments", _PACKAGE)).substitute(
        label=_FRICTION if wanted.frictions else _LABEL,
        touchpoints=touchpoints_of(
            wide, _COLUMNS, values, persons_of(scope, values, personas)
        ),
    )
    fixed: dict[str, object] = {
        "tenant": scope.tenant,
        "model": scope.model,
        "phases": list(wanted.phases),
        "control": _CONTROL,
        "horizon_ms": duration_ms(wanted.horizon),
        "one_in": wanted.one_in,
        "from_ms": first,
        "as_of_ms": as_of,
        "end_ms": END_OF_TIME_MS,
    }
    return Statement(sql, fixed | values.bound)
