"""A person's past, counted anew by the rules of a journey model."""

from schemas.journey import MUTE, History
from streams.journey.advance import Entry, trajectory
from streams.journey.marks import keep
from streams.journey.model import Models
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, fact_of


class Past:
    """What one model counts of a person, touchpoint after touchpoint, in any order.

    Args:
        tenant: whose customer.
        person_id: whose past.
        models: the one model, compiled.

    Attributes:
        history: the marks, as the control record that brings them to the journey agent.
    """

    __slots__ = ("_models", "history")

    def __init__(self, tenant: str, person_id: str, models: Models) -> None:
        (spec,) = models.specs
        self._models = models
        self.history = History(tenant, person_id, spec.name, spec.version)

    def add(self, seen: Seen, policy: SessionPolicy) -> None:
        """Count a touchpoint; one that was counted before changes nothing."""
        fact = fact_of(seen, policy, self._models.selection)
        if fact.role == MUTE:
            return
        keep(self.history, fact, self._models)

    def path(self, told_until: int) -> list[Entry]:
        """The phases entered, silences included that had begun by then."""
        return trajectory(self.history, self._models, 0, told_until)
