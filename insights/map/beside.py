"""What stands beside the volumes on a map: moments of truth, pain points, opportunities."""

from collections.abc import Sequence
from typing import Final

import msgspec

from insights.asker import Asker
from insights.map.answer import Finding
from insights.map.model import MapModel
from insights.map.reading import Beside
from insights.moments.answer import WANTED, Moment, moments_and_frictions
from insights.pains.answer import Pain, pains
from insights.pains.opportunities import Opportunity, Owner, opportunities
from insights.scope import Personas, Scope
from insights.trails.reading import Trails

FRICTION: Final = "friction:"


_OF_MOMENTS: Final = ("comparable", "one_in", "no_horizon", "nothing_in_scope")


def read_beside(  # noqa: PLR0913, PLR0917 - what a map may be asked for
    asker: Asker,
    scope: Scope,
    model: MapModel,
    personas: Personas | None = None,
    owners: Sequence[Owner] = (),
    trails: Trails | None = None,
) -> Beside:
    """Ask for what is shown beside the volumes of a map.

    Args:
        asker: whom to ask.
        scope: the map's.
        model: its phases.
        personas: finds the persons of the scope's persona.
        owners: who looks after which opportunity.
        trails: to count from, where the touchpoints need not be.
    """
    order = tuple(phase.id for phase in model.phases if not phase.silent)
    wanted = msgspec.structs.replace(WANTED, phases=order)
    found, changed = moments_and_frictions(asker, scope, wanted, personas, trails)
    hurting = pains(asker, scope, wanted, personas, trails, changed=changed)
    open_to = opportunities(
        asker, scope, found, hurting, wanted, personas, owners, trails
    )
    return Beside(
        findings=(
            *map(_moment, found.moments),
            *map(_pain, hurting.pains),
            *map(_opportunity, open_to.opportunities),
        ),
        queries={
            "moments": found.evidence,
            "pains": hurting.evidence,
            "opportunities": open_to.evidence,
        },
        # What is nowhere the map says itself.
        notes=tuple(one for one in found.notes if one.code in _OF_MOMENTS),
    )


def _moment(one: Moment) -> Finding:
    return Finding(
        kind="moment",
        phase=one.phase,
        type=one.type,
        value=one.difference,
        low=one.low,
        high=one.high,
        persons=one.persons,
        money_minor={},
        row={"phase": one.phase, "type": one.type},
        owner="",
    )


def _pain(one: Pain) -> Finding:
    keys = {"phase": one.phase, "pain": one.pain, "type": one.type}
    return Finding(
        kind="pain",
        phase=one.phase,
        type=one.pain,
        value=None,
        low=None,
        high=None,
        persons=one.persons,
        money_minor=one.value_minor,
        row=keys | {"channel": one.channel},
        owner="",
    )


def _opportunity(one: Opportunity) -> Finding:
    return Finding(
        kind="opportunity" if one.kind == "moment" else "relief",
        phase=one.phase,
        type=one.type.removeprefix(FRICTION),
        value=None,
        low=None,
        high=None,
        persons=round(one.concerned),
        money_minor=one.value_minor,
        row={"phase": one.phase, "type": one.type},
        owner=one.owner,
    )
