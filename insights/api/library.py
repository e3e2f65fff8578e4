"""What answers need that no table has: journey models, planned journeys, personas."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from litestar.di import NamedDependency

from insights.impact.costs import Cost
from insights.map.desk import Desk
from insights.map.model import MapModel, MapPhase
from insights.objectives.spec import Objective
from insights.pains.opportunities import Owner
from insights.personas.assign import personas_by
from insights.personas.spec import PersonaModel, built_in
from insights.rollups.registered import Registered
from insights.rollups.registered import built_in as built_in_funnels
from insights.scope import Personas, Scope
from schemas.vocabulary import PHASES


def _default_desk() -> Desk:
    phases = tuple(MapPhase(phase) for phase in PHASES)
    return Desk((MapModel("default", 1, phases),))


@dataclass(frozen=True)
class Library:
    """What was read from files.

    Attributes:
        desk: journey models and planned journeys.
        personas: persona models; the first one is meant where a question names none.
        owners: who looks after which opportunity.
        objectives: of every tenant.
        registered: funnels that are counted beforehand; no part of the digest, since
            each has a definition of its own.
        costs: what contacts cost, of every tenant.
    """

    desk: Desk = field(default_factory=_default_desk)
    personas: Sequence[PersonaModel] = field(default_factory=lambda: (built_in(),))
    owners: Sequence[Owner] = ()
    objectives: Sequence[Objective] = ()
    registered: Sequence[Registered] = field(
        default_factory=built_in_funnels, repr=False
    )
    costs: Sequence[Cost] = ()

    @cached_property
    def digest(self) -> str:
        """Tells this content from any other."""
        return sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases of the default model in their order, without those of silence."""
        return self.order(self.desk.models[0].name)

    def order(self, model: str) -> tuple[str, ...]:
        """The phases of a journey model in their order, without those of silence.

        Raises:
            QuestionError: there is no such model.
        """
        phases = self.desk.model(model).phases
        return tuple(phase.id for phase in phases if not phase.silent)

    def personas_of(self, scope: Scope) -> Personas | None:
        """What finds the persons of a scope's persona."""
        return personas_by(self.personas, scope)


Books = NamedDependency[Library]
"""An argument of handlers."""
