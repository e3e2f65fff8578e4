"""Messages as metrics: counted by rule, with labels out of closed sets."""

from prometheus_client import CollectorRegistry

from schemas.metrics import Metrics
from streams.sensors import Sensors
from tests.factories.identified import DAY_MS, HOUR_MS, START_MS, identified, records
from tests.factories.messages import (
    cart,
    message_rules,
    messaging_partition,
    order,
    rule,
)
from tests.property.test_journey import closing


def test_every_occasion_is_counted_once() -> None:
    """Due, cancelled, and suppressed with the reason; a type of one's own is `other`."""
    rules = message_rules(
        rule(
            absent=[{"types": ["order_completed", "custom_gone"], "scope": "person"}],
        )
    )
    gone = identified("x", at=START_MS + 1, person="customer_id:3")
    gone.type = "custom_gone"
    made = [
        cart("a", name="c1"),
        cart("b", name="c2", person="customer_id:2"),
        order("o", START_MS + HOUR_MS, person="customer_id:2"),
        cart("c", name="c3", person="customer_id:3"),
        gone,
        cart("d", START_MS, name="c4", person="customer_id:4", backfill=True),
    ]
    journeys = messaging_partition(rules)
    metrics = Metrics(CollectorRegistry())
    sensors = Sensors(metrics)
    late = order("p", START_MS + HOUR_MS, store="s1")
    log = [*records(made), closing(len(made))]
    tick = log[-1]
    first = tick.value.replace(
        str(START_MS + 1_000 * HOUR_MS).encode(), str(START_MS + DAY_MS).encode()
    )
    log[-1] = tick._replace(value=first)
    log += [*records([late], len(log)), closing(len(log) + 1)]
    for record in log:
        sensors.journeyed(journeys.apply([record]), 0.0, 0.0)

    def count(what: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(
            f"parcours_messages_{what}_total", labels
        )

    assert count("due", rule="cart") == 1
    assert count("cancelled", rule="cart", reason="order_completed") == 1
    assert count("suppressed", rule="cart", reason="order_completed") == 1
    assert count("suppressed", rule="cart", reason="other") == 1
    assert count("suppressed", rule="cart", reason="backfill") == 1
