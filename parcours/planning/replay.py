"""Every person's past through a journey model, out of the stored touchpoints."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from msgspec import Raw

from insights import history
from insights.asker import Asker
from insights.history import Range, StoredPosition, StoredTouchpoint, Wanted
from streams.journey.model import Models
from streams.journey.model_spec import ANY, ModelSpec, Where
from streams.journey.past import Past
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, campaign_of, place_of


@dataclass(slots=True)
class Replayed:
    """One person, as the model sees the past, and where the person stands now."""

    tenant: str
    past: Past
    position: StoredPosition


class Replay:
    """Counts the past of every person that has a state, range by range.

    Args:
        asker: whom to ask.
        models: the one model, compiled.
        policy: the session policy: what a touchpoint is to the journey.
        show: told how many touchpoints were read, and the same in words.

    Attributes:
        touchpoints: read so far.
    """

    def __init__(
        self,
        asker: Asker,
        models: Models,
        policy: SessionPolicy,
        show: Callable[[int, str], None],
    ) -> None:
        (self._spec,) = models.specs
        self._asker = asker
        self._models = models
        self._policy = policy
        self._show = show
        self.touchpoints = 0

    def persons(self, only_tenant: str | None = None) -> Iterator[Replayed]:
        """Every person: past and position; of one tenant, or of all."""
        asker = self._asker
        for tenant in [only_tenant] if only_tenant else history.tenants(asker):
            for within in history.ranges(tenant, history.size(asker, tenant)):
                yield from self._within(within)

    def _within(self, within: Range) -> Iterable[Replayed]:
        tenant = within.tenant
        persons = {
            position.person_id: Replayed(
                tenant, Past(tenant, position.person_id, self._models), position
            )
            for position in history.positions(self._asker, within, self._spec.name)
        }
        wanted = wanted_of(self._spec)
        for touchpoint in history.touchpoints(self._asker, within, wanted):
            self.touchpoints += 1
            person = persons.get(touchpoint.person_id)
            if person is not None:
                person.past.add(_seen(touchpoint, tenant), self._policy)
        self._show(self.touchpoints, f"{self.touchpoints:,} touchpoints")
        return persons.values()


def wanted_of(spec: ModelSpec) -> Wanted:
    """What a model has to read of the past."""
    conditions = [
        condition
        for phase in spec.phases
        for rule in phase.enter
        for condition in (*rule.all, *rule.any)
    ]
    types = {type_ for condition in conditions for type_ in condition.types}
    types |= {type_ for silence in spec.dormancy for type_ in silence.types}
    wheres: list[Where | None] = [spec.only, *(c.where for c in conditions)]
    return Wanted(
        () if ANY in types else sorted(types),
        properties=any(where is not None and where.properties for where in wheres),
    )


def _seen(row: StoredTouchpoint, tenant: str) -> Seen:
    return Seen(
        tenant,
        row.person_id,
        row.source,
        row.id,
        row.type,
        row.occurred_at,
        row.occurred_at,
        row.channel,
        row.direction,
        raw_log="",
        raw_partition=0,
        raw_offset=0,
        seq=row.seq,
        place=place_of(row.store_id),
        campaign=campaign_of(row.campaign_name, row.campaign_id),
        value_minor=row.value_minor,
        currency=row.currency,
        properties=Raw(row.properties.encode()),
    )
