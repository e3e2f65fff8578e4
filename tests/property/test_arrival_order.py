"""What `verify order` claims, over made-up histories with every field that matters."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.verify import history, verdicts
from tests.factories.identified import MINUTE_MS, START_MS, rules

IDENTIFIER = Identifier(IdentifyPolicy("a secret of sixteen and more"))
RULES = rules()
TYPES = ("page_viewed", "product_viewed", "order_completed", "email_delivered")

ANY_MINUTE = st.integers(0, 9).map(lambda n: n * MINUTE_MS)
# Times collide, and lie around the gaps of 30 and of 120 minutes.
MOMENTS = st.one_of(
    ANY_MINUTE,
    st.integers(0, 12).map(lambda n: n * 30 * MINUTE_MS),
    st.integers(0, 6).map(lambda n: n * 30 * MINUTE_MS + 1),
    st.integers(0, 40).map(lambda n: n * 720 * MINUTE_MS),
)


def touchpoints(
    moments: st.SearchStrategy[int], channels: str, devices: str
) -> st.SearchStrategy[dict[str, object]]:
    """Raw touchpoints of one person at any of these devices."""
    campaigns = st.sampled_from(("", "x", "y"))
    return st.fixed_dictionaries(
        {
            "source": st.sampled_from("ab"),
            "type": st.sampled_from(TYPES),
            "time": moments.map(START_MS.__add__),
            "seq": st.integers(0, 1),
            "channel": st.sampled_from(channels.split()),
            "actor": st.fixed_dictionaries(
                {"customer_id": st.just("1"), "device_id": st.sampled_from(devices)}
            ),
            "place": st.just({"store_id": "s"}),
            "value_minor": st.integers(1, 3),
            "currency": st.sampled_from(("EUR", "USD")),
            "campaign": campaigns.map(lambda name: {"name": name} if name else {}),
        }
    )


HISTORIES = st.one_of(
    st.lists(touchpoints(MOMENTS, "web app store pos chat", "12"), max_size=30),
    st.lists(touchpoints(ANY_MINUTE, "web", "1"), min_size=5, max_size=12),
)


@settings(max_examples=150)
@given(HISTORIES, st.integers(0, 2**32))
def test_every_order_of_arrival_comes_to_the_same(
    made: list[dict[str, object]], seed: int
) -> None:
    """Sessions with campaign and currency, states and transitions; ties included."""
    lines = [json.encode({"id": str(n), **one}) for n, one in enumerate(made)]
    past = history(lines + lines[::3], IDENTIFIER, received_at=START_MS + 10**11)
    found = list(verdicts(past, IDENTIFIER, RULES, permutations=2, delays=2, seed=seed))
    assert [v.difference for v in found if not v.holds] == []
    assert len({v.sha256 for v in found}) == 1
