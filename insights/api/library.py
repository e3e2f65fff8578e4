"""What answers need that no table has: phases in their order, and personas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from litestar.di import NamedDependency

from insights.asker import QuestionError
from insights.conditions import Values
from insights.personas.assign import persons_in
from insights.personas.spec import PersonaModel, built_in
from insights.scope import Personas, Scope
from schemas.vocabulary import PHASES


class NoModelError(QuestionError):
    """There is no such journey model."""


@dataclass(frozen=True)
class Library:
    """What was read from files when the process started.

    Attributes:
        orders: journey model → its phases in their order, without those of silence.
        personas: persona models; the first one is meant where a question names none.
    """

    orders: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {"default": PHASES}
    )
    personas: Sequence[PersonaModel] = field(default_factory=lambda: (built_in(),))

    def order(self, model: str) -> Sequence[str]:
        """The phases of a journey model in their order.

        Raises:
            QuestionError: there is no such model.
        """
        if model not in self.orders:
            message = f"no journey model {model!r}; there are {', '.join(self.orders)}"
            raise NoModelError(message)
        return self.orders[model]

    def personas_of(self, scope: Scope) -> Personas:
        """What finds the persons of a scope's persona."""

        def persons(values: Values) -> str:
            return persons_in(self.personas, scope, values)

        return persons


Books = NamedDependency[Library]
"""An argument of handlers."""
