"""A person's past, counted anew by the rules of a journey model."""

from collections.abc import Iterable

from schemas.facts import MUTE
from schemas.progress import History
from streams.journey.advance import Entry, trajectory
from streams.journey.marks import keep, merge
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

    def path(self, told_until: int, others: Iterable["Past"] = ()) -> list[Entry]:
        """The phases entered, together with the person's other names.

        Args:
            told_until: silences are included that had begun by then.
            others: pasts of the other names.
        """
        mine = self.history
        whole = History(mine.tenant, mine.person_id, mine.model, mine.version)
        for past in (self, *others):
            merge(whole, past.history, self._models)
        return trajectory(whole, self._models, 0, told_until)
