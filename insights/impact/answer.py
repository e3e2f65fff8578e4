"""Impact: which contacts a sale is owed to, by several models side by side.

The definitions, with their sources, are in docs/impact.md.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final, TypeVar

from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.evidence import Evidence
from insights.hints import hints
from insights.impact.costs import Cost
from insights.impact.credit import (
    MILLIONTHS,
    ChainRow,
    Credited,
    CreditRow,
    by_chain,
    by_path,
)
from insights.impact.result import Credit, Impact, ModelAnswer, Name, Revenue
from insights.impact.share_out import share_out
from insights.impact.spec import CONTACTS, DEFINITIONS, ImpactQuestion, Model
from insights.impact.spend import notes_on_spend, spend_of
from insights.impact.statement import TOUCHPOINTS, Statements
from insights.newest import newest_ms
from insights.scope import Personas, Scope
from insights.sentences import Sentence, say
from insights.spread import share
from insights.statements import BUDGET, Statement, afford

_T = TypeVar("_T")


class _NameRow(Struct):
    name: str


class _Totals(Struct):
    currency: str
    conversions: int
    value_minor: int
    untouched: int
    untouched_minor: int
    null_paths: int
    pending_paths: int
    capped: int


def read_impact(  # noqa: PLR0913 - what a question may say
    asker: Asker,
    scope: Scope,
    asked: ImpactQuestion,
    *,
    as_of: int | None = None,
    personas: Personas | None = None,
    costs: Sequence[Cost] = (),
    budget: int = BUDGET,
) -> Impact:
    """Share conversions out among the contacts that preceded them.

    Args:
        asker: whom to ask.
        scope: of the conversions, `channel` and `store` included; contacts are looked
            for everywhere.
        asked: which conversions, contacts and models.
        as_of: what happened later is unknown; where None, the newest touchpoint.
        personas: knows the personas, where the scope names one.
        costs: what contacts cost, for the return on it.
        budget: how many touchpoints each statement may read.

    Raises:
        CostError: it would read more.
        QuestionError: the question makes no sense.
    """
    if as_of is None:
        as_of = newest_ms(asker, scope.tenant)
    statements = Statements(asked, scope, as_of, personas)
    # The other statements read as much; the names, which are asked first, read less.
    dearest = statements.over_paths("totals", [])
    afford(asker, dearest, budget, "cost_net" if asked.net else "cost_range")
    frequent = [row.name for row in _ask(asker, statements.names(), _NameRow)]
    used = {
        name: statements.over_paths(name, frequent)
        for name in ("totals", "credits", "chain")
        if name != "chain" or "markov" in asked.models
    }
    totals = _ask(asker, used["totals"], _Totals)
    rows = _ask(asker, used["credits"], CreditRow)
    chain = _ask(asker, used["chain"], ChainRow) if "chain" in used else []
    revenue = [_revenue(row) for row in totals if row.conversions]
    names = _names(rows, frequent, asked.minimum)
    models = [
        _model(
            model,
            by_chain(chain, rows, asked)
            if model == "markov"
            else by_path(model, rows, asked),
            revenue,
            names,
        )
        for model in asked.models
    ]
    first, end = scope.range_ms()
    return Impact(
        asked=asked,
        from_=first,
        to=end,
        as_of=as_of,
        conversions=sum(row.conversions for row in totals),
        unattributed=sum(row.untouched for row in totals),
        null_paths=sum(row.null_paths for row in totals),
        pending_paths=sum(row.pending_paths for row in totals),
        revenue=revenue,
        names=names,
        models=models,
        spend=spend_of(costs, scope, asked.by, models, as_of),
        notes=[
            *_hints(asker, scope, asked, names, sum(row.conversions for row in totals)),
            *_notes(asked, names, max((row.capped for row in totals), default=0)),
            *_notes_on_money(asked, revenue),
            *notes_on_spend(costs, scope, asked.by),
        ],
        evidence={
            name: Evidence(_WHAT[name], one.text, one.values)
            for name, one in used.items()
        },
    )


_WHAT: Final = {
    "totals": "Conversions in the range, their value, and those without any contact.",
    "credits": "What each name gets by the models that look at single paths, in "
    "millionths of a conversion and thousandths of the smallest unit.",
    "chain": "How often each contact follows each state of the Markov chain.",
}


def _ask(asker: Asker, asked: Statement, kind: type[_T]) -> list[_T]:
    return ask_all(asker, asked.text, asked.values, kind)


def _revenue(row: _Totals) -> Revenue:
    return Revenue(
        currency=row.currency,
        conversions=row.conversions,
        value_minor=row.value_minor,
        attributed_minor=row.value_minor - row.untouched_minor,
        unattributed=row.untouched,
        unattributed_minor=row.untouched_minor,
    )


def _names(rows: list[CreditRow], frequent: list[str], minimum: int) -> list[Name]:
    conversions: dict[str, int] = dict.fromkeys(frequent, 0)
    assisted: Counter[str] = Counter()
    money: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        conversions[row.name] = conversions.get(row.name, 0) + row.conversions
        assisted[row.name] += row.assisted
        if row.currency:
            minor = money[row.name].get(row.currency, 0) + row.assisted_minor
            money[row.name][row.currency] = minor
    return [
        Name(name, number, assisted[name], money[name], number >= max(1, minimum))
        for name, number in conversions.items()
    ]


def _model(
    model: Model, credited: Credited, revenue: list[Revenue], names: list[Name]
) -> ModelAnswer:
    money = {
        one.currency: share_out(one.attributed_minor, credited.milli[one.currency])
        for one in revenue
        if one.currency and credited.milli.get(one.currency)
    }
    total = sum(credited.micro.values())
    credits_ = []
    for one in names:
        micro = credited.micro.get(one.name, 0)
        span = credited.intervals.get(one.name) if one.claimed else None
        low, high = span or (None, None)
        credits_.append(
            Credit(
                name=one.name,
                share=share(micro, total) if one.claimed else None,
                low=low,
                high=high,
                conversions=micro / MILLIONTHS,
                value_minor={
                    currency: given.get(one.name, 0)
                    for currency, given in money.items()
                },
            )
        )
    return ModelAnswer(model, DEFINITIONS[model], credits_)


def _hints(
    asker: Asker, scope: Scope, asked: ImpactQuestion, names: list[Name], sold: int
) -> list[Sentence]:
    """Names that are nowhere: of the conversion, and of contacts that were asked for."""
    types = list(asked.conversion.types)
    if asked.touches != (CONTACTS,):
        types += [name for touch in asked.touches for name in touch.types]
    return hints(asker, scope, types, found=bool(names and sold))


def _notes(asked: ImpactQuestion, names: list[Name], capped: int) -> list[Sentence]:
    notes = []
    if capped:
        notes.append(say("impact_capped", many=capped, most=TOUCHPOINTS))
    few = [one.name for one in names if not one.claimed]
    if few:
        least = max(1, asked.minimum)
        notes.append(say("impact_few", least=least, names=", ".join(few)))
    if "markov" in asked.models and asked.order > 1 and asked.replicates:
        notes.append(say("impact_order"))
    return notes


def _notes_on_money(asked: ImpactQuestion, revenue: list[Revenue]) -> list[Sentence]:
    """The chain is of conversions: it knows nothing of what they were paid in."""
    currencies = sorted(one.currency for one in revenue if one.currency)
    if "markov" not in asked.models or len(currencies) < 2:  # noqa: PLR2004 - several
        return []
    return [say("impact_currencies", currencies=", ".join(currencies))]
