"""Every person's past through a journey model, out of the stored touchpoints."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from msgspec import Raw

from insights import history
from insights.asker import Asker
from insights.history import Range, StoredPosition, StoredTouchpoint, Wanted
from streams.journey.advance import Entry
from streams.journey.model import Models
from streams.journey.model_spec import ANY, ModelSpec, Where
from streams.journey.past import Past
from streams.journey.policy import SessionPolicy
from streams.journey.record import Seen, campaign_of, place_of


@dataclass(slots=True)
class Replayed:
    """One person: where they stand, and the past of each name that they have."""

    tenant: str
    position: StoredPosition
    pasts: list[Past]

    def path(self, told_until: int) -> list[Entry]:
        """The phases entered, silences included that had begun by then."""
        first, *others = self.pasts
        return first.path(told_until, others)


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
        tenant, wanted = within.tenant, wanted_of(self._spec)
        persons: list[Replayed] = []
        pasts: dict[str, Past] = {}
        for position in history.positions(self._asker, within, self._spec.name):
            names = [position.person_id, *position.others]
            own = {name: Past(tenant, name, self._models) for name in names}
            pasts |= own
            persons.append(Replayed(tenant, position, list(own.values())))
        others = [name for person in persons for name in person.position.others]
        for touchpoint in chain(
            history.touchpoints(self._asker, within, wanted),
            history.touchpoints_of(self._asker, tenant, others, wanted),
        ):
            self.touchpoints += 1
            past = pasts.get(touchpoint.person_id)
            if past is not None:
                past.add(_seen(touchpoint, tenant), self._policy)
        self._show(self.touchpoints, f"{self.touchpoints:,} touchpoints")
        return persons


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
