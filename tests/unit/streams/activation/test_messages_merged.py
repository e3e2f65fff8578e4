"""Messages of persons who turned out to be one."""

import random

from msgspec import json

from schemas.messages import Message
from tests.factories.cluster import Cluster
from tests.factories.identified import HOUR_MS, START_MS
from tests.factories.linked import event
from tests.factories.messages import all_rules, message_rules

VISITOR, CUSTOMER = "anonymous_id:v", "customer_id:9"


def test_what_a_merge_brought_before_time_was_known_comes_due() -> None:
    """A visitor's cart, then a sign-in, with nothing yet to tell the time by: once."""
    found: list[Message] = []
    cluster = Cluster(
        all_rules(message_rules()),
        random.Random(1),
        take=lambda outcome: found.extend(
            json.decode(value, type=Message) for _, value in outcome.messages
        ),
    )
    filled = event("cart", [VISITOR], "cart_product_added", cart_id="c1")
    cluster.put(filled)
    cluster.put(event("in", [VISITOR, CUSTOMER], "signed_in", at=START_MS + 1))
    cluster.run()
    assert found == []
    cluster.tick(START_MS + 5 * HOUR_MS)
    cluster.run()
    told = [(one.person_id, one.key, one.status) for one in found]
    assert told == [(CUSTOMER, "c1", "due")]
