"""Phase by phase: who is there, who went on, who stays away, and how long it takes."""

from collections.abc import Sequence
from string import Template
from typing import Final, Literal

import msgspec
from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all, question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.hints import hints
from insights.late import count_late, notes_on_late
from insights.newest import known_until
from insights.personas.assign import joined
from insights.personas.spec import PersonaModel
from insights.scope import Personas, Scope, known_at, persons_of
from insights.sentences import Sentence
from insights.spread import Spread, share, spread
from insights.statements import statement
from schemas.vocabulary import PHASES

By = Literal["", "channel", "store", "persona"]

NOT_SET: Final = "(not set)"

_PACKAGE: Final = "insights.stages"

DEFINITION: Final = (
    "entered: persons whose first entry into the phase within the range. moved_on: of "
    "these, who later got beyond it, in the order of the model. lapsed: who left it and "
    "have not got beyond. pending: who are still in it, or in it again. "
    "entered = moved_on + lapsed + pending; conversion = moved_on / entered."
)


class StagesError(QuestionError):
    """A question about phases that makes no sense."""


class Stage(Struct):
    """One phase; shares are null where nobody entered.

    Attributes:
        value: of the breakdown; empty without one.
        phase: id of the phase.
        next_phase: the one after it in the order; empty for the last, and beside it.
        persons: who are in it at `as_of`, whenever they entered.
        entered: persons who entered it within the range, each once.
        moved_on: of these, who got beyond it afterwards; from beside the order: back.
        lapsed: of these, who left it for an earlier phase or for silence.
        pending: of these, who are in it at `as_of` and may still go on.
        conversion: moved_on / entered; null for the last phase.
        conversion_settled: moved_on / (moved_on + lapsed): without the pending.
        stays_over: entries within the range that have ended: a person may come twice.
        stays_open: entries within the range that last: censored, in no quantile.
        dwell: how long ended stays took.
        open_for: how long open stays have lasted until `as_of`.
        time_to_move: from the first entry until beyond the phase, detours included.
    """

    value: str
    phase: str
    next_phase: str
    persons: int
    entered: int
    moved_on: int
    lapsed: int
    pending: int
    conversion: float | None
    conversion_settled: float | None
    stays_over: int
    stays_open: int
    dwell: Spread | None
    open_for: Spread | None
    time_to_move: Spread | None


class Move(Struct):
    """A change of phase whose stay began within the range.

    Attributes:
        moves: how often; a person may come twice.
        persons: how many persons.
        dwell: how long they had stayed in `from_phase`.
    """

    from_phase: str
    to_phase: str
    moves: int
    persons: int
    dwell: Spread | None


class Stages(Struct):
    """A journey model in numbers.

    Attributes:
        model: the journey model.
        order: its phases in their order; others lie beside it.
        by: what the stages are broken down by: `channel`, `store`, `persona`, or nothing.
        from_, to: range of the entries, epoch milliseconds.
        as_of: until when history is known, epoch milliseconds.
        stages: by value, then in the order of the phases.
        moves: from phase to phase.
        notes: what may surprise.
        evidence: definition and statement of `stages`, of `moves` and of `late`.
    """

    model: str
    order: list[str]
    by: By
    from_: int = msgspec.field(name="from")
    to: int
    as_of: int
    stages: list[Stage]
    moves: list[Move]
    notes: list[Sentence]
    evidence: dict[str, Evidence]


class _StageRow(Struct):
    value: str
    phase: str
    persons: int
    entered: int
    moved_on: int
    lapsed: int
    pending: int
    stays_over: int
    stays_open: int
    stayed_ms: list[float | None]
    open_ms: list[float | None]
    moved_ms: list[float | None]


class _MoveRow(Struct):
    from_phase: str
    to_phase: str
    moves: int
    persons: int
    stayed_ms: list[float | None]


def read_stages(  # noqa: PLR0913 - what a question may say
    asker: Asker,
    scope: Scope,
    *,
    by: By = "",
    order: Sequence[str] = (),
    as_of: int | None = None,
    personas: Personas | None = None,
    persona_model: PersonaModel | None = None,
    moves: bool = True,
) -> Stages:
    """Count who is where in a journey model, and what became of them.

    Args:
        asker: whom to ask.
        scope: `from` and `to` bound the entries, which are followed until `as_of`.
            `channel` and `store` are those of the touchpoint that caused an entry.
        by: break down by channel or store of that touchpoint, or by persona.
        order: phases of the model in their order, without those entered by silence;
            may be left out for the model `default`.
        as_of: what happened later is unknown; where None, everything is known.
        personas: knows the personas, where the scope names one.
        persona_model: whose personas a breakdown by persona tells apart.
        moves: whether to count who went from where to where, too.

    Raises:
        QuestionError: the question makes no sense.
    """
    if not order and scope.model != "default":
        message = f"in which order do the phases of the model {scope.model!r} stand?"
        raise StagesError(message)
    phases = list(order or PHASES)
    if as_of is None:
        as_of = known_until(asker, scope)
    first, end = scope.range_ms()
    values = Values()
    told = joined(persona_model, "person", values) if by == "persona" else ""
    texts = _texts(scope, by, values, personas, told)
    if not moves:
        del texts["moves"]
    fixed: dict[str, object] = {
        "tenant": scope.tenant,
        "model": scope.model,
        "order": phases,
        "as_of_ms": as_of,
        "from_ms": first,
        "end_ms": end,
        **values.bound,
    }
    asked = {name: statement(text, fixed) for name, text in texts.items()}
    counted, gone = asked["stages"], asked.get("moves")
    stages = ask_all(asker, counted.text, counted.values, _StageRow)
    went = ask_all(asker, gone.text, gone.values, _MoveRow) if gone else []
    late, counted_late = count_late(asker, known_at(scope, as_of), personas)
    return Stages(
        model=scope.model,
        order=phases,
        by=by,
        from_=first,
        to=end,
        as_of=as_of,
        stages=_stages(stages, phases, by),
        moves=[
            Move(m.from_phase, m.to_phase, m.moves, m.persons, _of(m)) for m in went
        ],
        notes=[
            *hints(asker, scope, found=any(row.entered for row in stages)),
            *notes_on_late(late),
        ],
        evidence={
            name: Evidence(DEFINITION, one.text, one.values)
            for name, one in asked.items()
        }
        | {"late": counted_late},
    )


def _texts(
    scope: Scope, by: By, values: Values, personas: Personas | None, told: str
) -> dict[str, str]:
    persons = persons_of(scope, values, personas)
    placed = by in ("channel", "store") or bool(scope.channel or scope.store)
    stays = Template(question("stays", _PACKAGE)).substitute(
        channel="causes.channel" if placed else "''",
        store="causes.store" if placed else "''",
        causes=question("causes", _PACKAGE) if placed else "",
        persona=f"person_id IN ({persons})" if persons else "true",
    )
    wanted = {"channel": scope.channel, "store": scope.store}
    among = " AND ".join(
        f"{name} = {values.bind(value, 'String')}"
        for name, value in wanted.items()
        if value
    )
    parts = {
        "stays": stays,
        "among": among or "true",
        "personas": told,
        "value": f"if({by} = '', '{NOT_SET}', {by})" if by else "''",
    }
    return {
        "stages": Template(question("stages", _PACKAGE)).substitute(parts),
        "moves": Template(question("moves", _PACKAGE)).substitute(parts),
    }


def _stages(rows: list[_StageRow], order: list[str], by: By) -> list[Stage]:
    found = {(row.value, row.phase): row for row in rows}
    beside = sorted({row.phase for row in rows} - set(order))
    values = sorted({row.value for row in rows}) if by else [""]
    return [
        _stage(found.get((value, phase)) or _nobody(value, phase), order)
        for value in values
        for phase in [*order, *beside]
    ]


def _stage(row: _StageRow, order: list[str]) -> Stage:
    place = order.index(row.phase) if row.phase in order else len(order)
    last = place == len(order) - 1
    settled = row.moved_on + row.lapsed
    return Stage(
        value=row.value,
        phase=row.phase,
        next_phase=order[place + 1] if place + 1 < len(order) else "",
        persons=row.persons,
        entered=row.entered,
        moved_on=row.moved_on,
        lapsed=row.lapsed,
        pending=row.pending,
        conversion=None if last else share(row.moved_on, row.entered),
        conversion_settled=None if last else share(row.moved_on, settled),
        stays_over=row.stays_over,
        stays_open=row.stays_open,
        dwell=spread(row.stayed_ms, row.stays_over),
        open_for=spread(row.open_ms, row.stays_open),
        time_to_move=spread(row.moved_ms, row.moved_on),
    )


def _nobody(value: str, phase: str) -> _StageRow:
    return _StageRow(value, phase, 0, 0, 0, 0, 0, 0, 0, [], [], [])


def _of(row: _MoveRow) -> Spread | None:
    return spread(row.stayed_ms, row.moves)
