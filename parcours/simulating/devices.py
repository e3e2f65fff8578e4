"""Devices that many persons use: tills, kiosks in stores, tablets of families."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from parcours.simulating.chance import Chance
from parcours.simulating.person import Names
from parcours.simulating.plan import Plan

_FAMILY: Final = (2, 5)
_TURNS: Final = ("till", "kiosk", "tablet")
_ACTIVE: Final = 10
_SALT: Final = 0x5EED


class Shared(NamedTuple):
    """What an identifier that stands for nobody is."""

    namespace: str
    kind: str


@dataclass(slots=True)
class Devices:
    """Shared devices: identifier by store, and by person for tablets."""

    tills: dict[int, str] = field(default_factory=dict)
    kiosks: dict[int, str] = field(default_factory=dict)
    tablets: dict[int, str] = field(default_factory=dict)

    def identifiers(self) -> dict[str, Shared]:
        """All their identifiers; a tablet has a cookie besides."""
        found = {name: Shared("device_id", "till") for name in self.tills.values()}
        for name in self.kiosks.values():
            found[name] = Shared("device_id", "kiosk")
        for name in self.tablets.values():
            found[name] = Shared("device_id", "tablet")
            found[cookie(name)] = Shared("anonymous_id", "tablet")
        return found


def devices(plan: Plan) -> Devices:
    """Hand them out in turn: a till, a kiosk, a family's tablet; one kind a store."""
    found = Devices()
    names = Names(plan.seed)
    # Drawn apart: one tablet more must not change everything else that happens.
    chance = Chance(plan.seed ^ _SALT)
    # Of families that are seldom here nobody could tell that they share one.
    active = max(1, plan.persons // _ACTIVE)
    for number in range(plan.shared_devices):
        turn, kind = divmod(number, len(_TURNS))
        where = turn % plan.stores
        token = names.token(number, _TURNS[kind])
        if _TURNS[kind] == "till":
            found.tills.setdefault(where, token)
        elif _TURNS[kind] == "kiosk":
            found.kiosks.setdefault(where, token)
        else:
            for _ in range(chance.between(*_FAMILY)):
                found.tablets.setdefault(chance.below(active), token)
    return found


def cookie(tablet: str) -> str:
    """The cookie of a tablet's browser."""
    return f"t{tablet}"
