"""What stands beside the volumes on a map: moments of truth, as others find them."""

import msgspec

from insights.asker import Asker
from insights.map.answer import Finding
from insights.map.model import MapModel
from insights.map.reading import Beside
from insights.moments.answer import WANTED, Moment, moments
from insights.scope import Personas, Scope


def read_beside(
    asker: Asker,
    scope: Scope,
    model: MapModel,
    personas: Personas | None = None,
) -> Beside:
    """Ask for what is shown beside the volumes of a map.

    Args:
        asker: whom to ask.
        scope: the map's.
        model: its phases.
        personas: finds the persons of the scope's persona.
    """
    order = tuple(phase.id for phase in model.phases if not phase.silent)
    wanted = msgspec.structs.replace(WANTED, phases=order)
    found = moments(asker, scope, wanted, personas)
    return Beside(
        findings=tuple(map(_moment, found.moments)),
        queries={"moments": found.evidence},
        notes=tuple(found.notes),
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
    )
