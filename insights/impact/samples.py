"""Some touchpoints behind a number of an answer about impact."""

from typing import Final

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.impact.spec import ImpactError, ImpactQuestion
from insights.impact.spend import OTHER
from insights.impact.statement import Statements
from insights.scope import Personas, Scope
from insights.sentences import say
from insights.statements import BUDGET, afford

MAX_SAMPLES: Final = 100


class Contact(Struct):
    """A touchpoint, without whose it is; `at` is when it occurred, epoch milliseconds."""

    source: str
    id: str
    at: int
    type: str
    channel: str


class _Newest(Struct):
    newest: int


class _Name(Struct):
    name: str


def read_samples(  # noqa: PLR0913, PLR0917 - the question, and which part of it
    asker: Asker,
    scope: Scope,
    asked: ImpactQuestion,
    name: str = "",
    limit: int = 10,
    personas: Personas | None = None,
) -> list[Contact]:
    """Some contacts of a name, or conversions, the newest first.

    Args:
        asker: whom to ask.
        scope: of the conversions.
        asked: what is a conversion, what a contact, and what gives contacts a name.
        name: of the contacts, or `(other)`; conversions where empty.
        limit: how many, at most.
        personas: knows the personas, where the scope names one.

    Raises:
        CostError: it would read too much.
        QuestionError: the question makes no sense.
    """
    if not 1 <= limit <= MAX_SAMPLES:
        raise ImpactError(say("bounds", name="limit", least=1, most=MAX_SAMPLES))
    told = ask_all(asker, question("newest"), {"tenant": scope.tenant}, _Newest)
    statements = Statements(asked, scope, told[0].newest, personas)
    names = statements.names()
    afford(asker, names, BUDGET)
    apart = ask_all(asker, names.text, names.values, _Name) if name == OTHER else []
    wanted = statements.samples(name, [one.name for one in apart], limit)
    return ask_all(asker, wanted.text, wanted.values, Contact)
