"""Raw touchpoints for tests, as bytes: say only what the test is about."""

import msgspec

RECEIVED_AT = 1_714_817_480_000
"""2024-05-04T10:11:20Z, when every raw record of these tests reached the broker."""

TIME = "2024-05-04T10:11:12.345Z"
TIME_MS = 1_714_817_472_345
LOG = "0123456789ab"


def raw_fields(**fields: object) -> dict[str, object]:
    """A page view of a known customer; fields given as None are left out."""
    whole: dict[str, object] = {
        "id": "e-1",
        "source": "shop-web",
        "type": "page_viewed",
        "time": TIME,
        "actor": {"customer_id": "C42"},
    }
    whole |= fields
    return {name: value for name, value in whole.items() if value is not None}


def raw_bytes(**fields: object) -> bytes:
    """The same as the value of a raw record."""
    return msgspec.json.encode(raw_fields(**fields))
