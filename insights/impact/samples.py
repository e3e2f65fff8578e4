"""Some touchpoints behind a number of an answer about impact."""

from typing import Final, Literal

from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.impact.spec import ImpactError, ImpactQuestion
from insights.impact.spend import OTHER
from insights.impact.statement import Statements
from insights.newest import newest_ms
from insights.scope import Personas, Scope
from insights.sentences import say
from insights.statements import BUDGET, afford

MAX_SAMPLES: Final = 100

Of = Literal["conversions", "unattributed", "null_paths", "pending_paths"]
"""Of which paths: those to a conversion, with contacts or without; those to nothing, or
that may still lead to something."""


class Contact(Struct):
    """A touchpoint, without whose it is; `at` is when it occurred, epoch milliseconds."""

    source: str
    id: str
    at: int
    type: str
    channel: str


class _Row(Contact):
    persons: int


class _Name(Struct):
    name: str


def read_samples(  # noqa: PLR0913 - the question, and which part of it
    asker: Asker,
    scope: Scope,
    asked: ImpactQuestion,
    name: str = "",
    limit: int = 10,
    *,
    of: Of = "conversions",
    as_of: int | None = None,
    personas: Personas | None = None,
    least: int = 1,
) -> list[Contact]:
    """Some touchpoints behind a number, the newest first.

    Args:
        asker: whom to ask.
        scope: of the conversions.
        asked: what is a conversion, what a contact, and what gives contacts a name.
        name: of the contacts, or `(other)`; where empty, the conversions themselves, or
            the contacts of paths that led to none.
        limit: how many, at most.
        of: of which paths.
        as_of: as in `insights.impact.answer.read_impact`.
        personas: knows the personas, where the scope names one.
        least: fewest persons of whom such touchpoints are shown.

    Raises:
        CostError: it would read too much.
        QuestionError: the question makes no sense, or is about too few persons.
    """
    if not 1 <= limit <= MAX_SAMPLES:
        raise ImpactError(say("bounds", name="limit", least=1, most=MAX_SAMPLES))
    if as_of is None:
        as_of = newest_ms(asker, scope.tenant)
    statements = Statements(asked, scope, as_of, personas)
    # The names, which are asked first, read less.
    dearest = statements.samples(of, name, [], limit)
    afford(asker, dearest, BUDGET, "cost_net" if asked.net else "cost_range")
    names = [name]
    if name == OTHER:
        apart = statements.names()
        names = [one.name for one in ask_all(asker, apart.text, apart.values, _Name)]
    wanted = statements.samples(of, name, names, limit)
    rows = ask_all(asker, wanted.text, wanted.values, _Row)
    if rows and rows[0].persons < least:
        raise ImpactError(say("samples_few", least=least))
    return [Contact(row.source, row.id, row.at, row.type, row.channel) for row in rows]
