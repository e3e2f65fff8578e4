"""Progress of objectives: what there is, what there should be by now, and what follows.

The rules are in docs/objectives.md.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.evidence import Evidence
from insights.hints import hints
from insights.newest import newest_ms
from insights.objectives.measuring import DEFINITIONS, measuring
from insights.objectives.spec import SUMS, Objective
from insights.personas.assign import personas_by
from insights.personas.spec import PersonaModel
from insights.sentences import Sentence
from insights.statements import BUDGET, Statement, afford
from insights.times import instant_ms
from schemas.vocabulary import PHASES

ENOUGH: Final = 30
"""Fewest persons or answers for a level to be judged."""

Status = Literal["not_started", "too_early", "on_track", "behind", "reached", "missed"]


class Progress(Struct):
    """Where one objective stands.

    Attributes:
        tenant, channel, store, model: whose touchpoints count, and of which journey
            model the phases are; empty for all.
        from_, to: the period, epoch milliseconds.
        as_of: newest touchpoint of the tenant, epoch milliseconds.
        elapsed: share of the period that is over by then, 0 to 1.
        value: what is measured; None where nothing tells it.
        known: persons, orders or answers that tell it.
        pending: persons who may still move on within the horizon; not in `value`.
        expected: what the value is to be by now.
        progress: value / target; of a limit too: the share of it that is used up. None
            without a value or with a target of zero.
        on_track: None where nobody can say yet.
        status: the same in a word; `reached` and `missed` once the period is over.
        notes: what may surprise: a channel or store that is nowhere in the data.
        evidence: of the value.
    """

    name: str
    label: dict[str, str]
    metric: str
    phase: str
    persona: str
    currency: str
    tenant: str
    channel: str
    store: str
    model: str
    at_most: bool
    target: float
    from_: int = msgspec.field(name="from")
    to: int
    as_of: int
    elapsed: float
    value: float | None
    known: int
    pending: int
    expected: float | None
    progress: float | None
    on_track: bool | None
    status: Status
    notes: list[Sentence]
    evidence: Evidence


class _Measured(Struct):
    value: float | None
    known: int
    pending: int


def objectives(  # noqa: PLR0913 - what a question may say
    asker: Asker,
    wanted: Sequence[Objective],
    personas: Sequence[PersonaModel] = (),
    phases: dict[str, tuple[str, ...]] | None = None,
    as_of: int | None = None,
    *,
    budget: int = BUDGET,
) -> list[Progress]:
    """Tell where objectives stand.

    Args:
        asker: whom to ask.
        wanted: the objectives.
        personas: persona models, for objectives of a persona.
        phases: of each journey model in their order; the five where None.
        as_of: the moment to answer for, epoch milliseconds; the newest touchpoint of
            each tenant where None.
        budget: how many touchpoints each of them may read.

    Raises:
        CostError: an objective would read too much.
        QuestionError: an objective asks for what there is not.
    """
    known = phases or {}
    newest: dict[str, int] = {}
    found = []
    for one in wanted:
        if one.tenant not in newest:
            newest[one.tenant] = (
                newest_ms(asker, one.tenant) if as_of is None else as_of
            )
        order = known.get(one.model, PHASES)
        at = newest[one.tenant]
        finder = personas_by(personas, one.scope())
        sql, parameters = measuring(one, order, at, finder)
        afford(asker, Statement(sql, parameters), budget)
        told = ask_all(asker, sql, parameters, _Measured)[0]
        evidence = Evidence(DEFINITIONS[one.metric], sql, parameters)
        notes = hints(asker, one.scope(), found=bool(told.known))
        found.append(_progress(one, told, at, notes, evidence))
    return found


def _progress(
    one: Objective,
    told: _Measured,
    at: int,
    notes: list[Sentence],
    evidence: Evidence,
) -> Progress:
    begin, end = instant_ms(one.from_) or 0, instant_ms(one.to) or 0
    elapsed = min(1.0, max(0.0, (at - begin) / (end - begin)))
    sums = one.metric in SUMS
    value = told.value if sums or told.known else None
    expected = one.target * elapsed if sums else one.target
    on_track = _on_track(one, value, expected, told.known, elapsed)
    return Progress(
        name=one.name,
        label=one.label,
        metric=one.metric,
        phase=one.phase,
        persona=one.persona,
        currency=one.currency,
        tenant=one.tenant,
        channel=one.channel,
        store=one.store,
        model=one.model,
        at_most=one.at_most,
        target=one.target,
        from_=begin,
        to=end,
        as_of=at,
        elapsed=elapsed,
        value=value,
        known=told.known,
        pending=told.pending,
        expected=expected if elapsed else None,
        progress=value / one.target if value is not None and one.target else None,
        on_track=on_track,
        status=_status(elapsed, on_track=on_track),
        notes=notes,
        evidence=evidence,
    )


def _on_track(
    one: Objective, value: float | None, expected: float, known: int, elapsed: float
) -> bool | None:
    early = one.metric not in SUMS and known < ENOUGH
    if not elapsed or value is None or early:
        return None
    return value <= expected if one.at_most else value >= expected


def _status(elapsed: float, *, on_track: bool | None) -> Status:
    if not elapsed:
        return "not_started"
    if on_track is None:
        return "too_early"
    if elapsed >= 1:
        return "reached" if on_track else "missed"
    return "on_track" if on_track else "behind"
