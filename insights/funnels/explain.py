"""Why a unit stands where it stands in a funnel: the touchpoints of its steps."""

from itertools import groupby

from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.cost import estimate
from insights.evidence import Evidence
from insights.funnels.answer import moment_of, names_nowhere
from insights.funnels.checks import check
from insights.funnels.numbers import KINDS, Kind
from insights.funnels.persons import State
from insights.funnels.spec import Funnel
from insights.funnels.statement import Asked, over_attempts
from insights.personas.spec import PersonaModel
from insights.scope import Personas
from insights.sentences import Sentence

DEFINITION = "The touchpoints that were taken as the steps of a unit's attempts."


class Match(Struct):
    """The touchpoint that did a step.

    Attributes:
        step: its number; where any order counts, the place in the order they came.
        name: the step's name; empty where any order counts.
        occurred_at: epoch milliseconds.
        source, id: which touchpoint it is.
    """

    step: int
    name: str
    occurred_at: int
    source: str
    id: str


class Attempt(Struct):
    """One attempt of the unit.

    Attributes:
        state: what became of it; an excluded one as it would have gone otherwise.
        step: the last required step that it did.
        kind, value: the breakdown's bucket; `all` without a breakdown.
        matches: its touchpoints, step by step.
    """

    state: State
    step: int
    kind: Kind
    value: str
    matches: list[Match]


class Explanation(Struct):
    """What a unit did in a funnel; no attempts where it never entered.

    Attributes:
        rows: how many touchpoints the engine reads for it, by its estimate.
        notes: what may be wrong with a question that finds nothing.
    """

    unit: str
    id: str
    as_of: int
    attempts: list[Attempt]
    rows: int
    notes: list[Sentence]
    evidence: Evidence


class _Row(Struct):
    unit: str
    state: State
    stop: int
    kind: int
    value: str
    step: int
    occurred_at: int
    source: str
    id: str
    attempt: int


def explain(  # noqa: PLR0913 - each says what is asked
    asker: Asker,
    funnel: Funnel,
    unit: str,
    as_of: int | None = None,
    *,
    personas: Personas | None = None,
    persona_model: PersonaModel | None = None,
) -> Explanation:
    """Tell which touchpoints of a unit were taken as which steps.

    Args:
        asker: whom to ask.
        funnel: the question.
        unit: id of the person, session, cart, order or ticket.
        as_of: as in `answer.answer`.
        personas: finds the persons of the funnel's persona.
        persona_model: whose personas a breakdown by persona tells apart.

    Raises:
        QuestionError: the funnel makes no sense.
    """
    check(funnel)
    moment = moment_of(asker, funnel, as_of)
    asked = Asked(
        funnel,
        moment,
        bucketed=funnel.breakdown is not None,
        unit=unit,
        detailed=True,
        personas=personas,
        persona_model=persona_model,
    )
    asking = over_attempts("matched", asked)
    rows = ask_all(asker, asking.text, asking.values, _Row)
    groups = groupby(rows, lambda row: (row.attempt, row.kind, row.value))
    return Explanation(
        unit=funnel.unit,
        id=unit,
        as_of=moment,
        attempts=[_attempt(funnel, list(group)) for _, group in groups],
        rows=estimate(asker, asking.text, asking.values),
        notes=names_nowhere(asker, funnel, found=bool(rows)),
        evidence=Evidence(DEFINITION, asking.text, asking.values),
    )


def _attempt(funnel: Funnel, rows: list[_Row]) -> Attempt:
    named = funnel.order != "any"
    first = rows[0]
    return Attempt(
        state=first.state,
        step=first.stop,
        kind=KINDS[first.kind],
        value=first.value,
        matches=[
            Match(
                row.step,
                funnel.steps[row.step - 1].label if named else "",
                row.occurred_at,
                row.source,
                row.id,
            )
            for row in rows
        ],
    )
