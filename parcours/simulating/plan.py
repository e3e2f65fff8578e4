"""What to simulate."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

TOUCHPOINTS_A_PERSON: Final = 12
DEFAULT_START: Final = date(2025, 1, 1)
DEFAULT_TOUCHPOINTS: Final = 100_000

Scene = Literal["year", "moments", "no_moments"]


class PlanError(ValueError):
    """What is asked for cannot be simulated."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A year, or less or more, of a retailer; the same plan gives the same bytes.

    Attributes:
        touchpoints: how many different ones; those delivered twice come on top.
        persons: how many natural persons may appear; of few touchpoints, not all do.
        days: length of the period.
        start: its first day, in the retailer's time zone.
        seed: of everything that is left to chance.
        stores: how many stores there are.
        late: share of touchpoints that are reported late, within their channel's lateness.
        duplicates: share of touchpoints that are delivered twice.
        shared_devices: tills, kiosks and family tablets that many persons use.
        scene: `year`, or persons who pass through phases: with three `moments` of truth,
            or with `no_moments`.
    """

    touchpoints: int
    persons: int
    days: int = 365
    start: date = DEFAULT_START
    seed: int = 1
    stores: int = 20
    late: float = 0.05
    duplicates: float = 0.02
    shared_devices: int = 12
    scene: Scene = "year"


def sizes(touchpoints: int | None, persons: int | None) -> tuple[int, int]:
    """Touchpoints and persons, where one or both are not said.

    Args:
        touchpoints: as asked for.
        persons: as asked for.
    """
    if persons is None:
        count = DEFAULT_TOUCHPOINTS if touchpoints is None else touchpoints
        return count, max(1, count // TOUCHPOINTS_A_PERSON)
    if touchpoints is None:
        return persons * TOUCHPOINTS_A_PERSON, persons
    return touchpoints, persons


def check(plan: Plan) -> None:
    """Refuse what cannot be.

    Raises:
        PlanError: a number lies outside its bounds; which, and what the bounds are.
    """
    bounds: tuple[tuple[str, float, float, float], ...] = (
        ("touchpoints", plan.touchpoints, 1, 10**10),
        ("persons", plan.persons, 1, 10**9 - 1),
        ("days", plan.days, 1, 3_660),
        ("stores", plan.stores, 1, 10_000),
        ("late", plan.late, 0, 1),
        ("duplicates", plan.duplicates, 0, 1),
        ("shared devices", plan.shared_devices, 0, 10_000),
        ("first year", plan.start.year, 2001, 2080),
    )
    for name, value, least, most in bounds:
        if not least <= value <= most:
            message = f"{name}: {value} is not between {least} and {most:,}"
            raise PlanError(message)
