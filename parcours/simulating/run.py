"""Simulates: the lines of a plan, and their truth."""

from collections.abc import Iterator

from parcours.simulating import moments, year
from parcours.simulating.arrival import Arrivals
from parcours.simulating.devices import devices
from parcours.simulating.plan import Plan, check
from parcours.simulating.truth import Truth


def simulate(plan: Plan, *, in_order: bool = False) -> tuple[Iterator[bytes], Truth]:
    """Make up a retailer's touchpoints.

    Args:
        plan: what to simulate.
        in_order: in order of time, as if nothing had come late.

    Returns:
        The raw touchpoints, JSON, in order of arrival, made as they are asked for; and
        the truth about them, complete once they are all taken.

    Raises:
        PlanError: the plan asks for what cannot be.
    """
    check(plan)
    truth = Truth(devices(plan).identifiers(), moments.planted(plan))
    arrivals = Arrivals(plan, truth, in_order=in_order)
    history = year.history if plan.scene == "year" else moments.history
    return arrivals.deliver(history(plan)), truth
