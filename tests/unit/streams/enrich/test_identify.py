"""The whole rule of the first agent, from bytes to touchpoint."""

import msgspec
import pytest

from schemas.failure import Reason, Rejected
from schemas.settings import Settings
from schemas.touchpoint import Actor, Campaign, Place, Touchpoint
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy, policy_from
from tests.factories.raw import LOG, RECEIVED_AT, TIME_MS, raw_bytes

POLICY = IdentifyPolicy("a secret of the tests only", max_payload_bytes=10_000)
IDENTIFIER = Identifier(POLICY)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"


def outcome(value: bytes | None) -> Touchpoint | Rejected:
    return IDENTIFIER.identify(
        value, received_at=RECEIVED_AT, raw_log=LOG, raw_partition=3, raw_offset=9
    )


def identified(**fields: object) -> Touchpoint:
    result = outcome(raw_bytes(**fields))
    assert isinstance(result, Touchpoint), result
    return result


def fact_of(touchpoint: Touchpoint) -> object:
    return msgspec.json.decode(touchpoint.properties)["facts"]


def reason(value: bytes | None) -> Reason:
    result = outcome(value)
    assert isinstance(result, Rejected), result
    return result.reason


def test_every_field_arrives_where_it_belongs() -> None:
    """The touchpoint is built by position for speed: no field may take another's."""
    touchpoint = identified(
        type="Order Completed",
        tenant="acme",
        seq=7,
        sent_at=TIME_MS + 1,
        channel="app",
        direction="in",
        actor={"customer_id": "C1", "loyalty_id": "L1", "device_id": "D1"},
        place={"store_id": "s1"},
        campaign={"name": "soldes"},
        session_hint="h1",
        cart_id="k1",
        order_id="o1",
        value_minor=1299,
        currency="EUR",
        consent={"analytics": True},
        properties={"user_agent": PHONE, "referrer": "https://a.example/x"},
        backfill=True,
    )
    assert msgspec.structs.asdict(touchpoint) == {
        "tenant": "acme",
        "person_id": "customer_id:C1",
        "source": "shop-web",
        "id": "e-1",
        "type": "order_completed",
        "occurred_at": TIME_MS,
        "received_at": RECEIVED_AT,
        "channel": "app",
        "direction": "in",
        "raw_log": LOG,
        "raw_partition": 3,
        "raw_offset": 9,
        "seq": 7,
        "sent_at": TIME_MS + 1,
        "actor": Actor(customer_id="C1", loyalty_id="L1", device_id="D1"),
        "place": Place(store_id="s1"),
        "campaign": Campaign(name="soldes"),
        "session_hint": "h1",
        "cart_id": "k1",
        "order_id": "o1",
        "value_minor": 1299,
        "currency": "EUR",
        "consent": {"analytics": True},
        "device_class": "mobile",
        "bot": False,
        "machine": False,
        "referrer": "a.example",
        "properties": touchpoint.properties,
        "ticket_id": "",
        "session_id": "",
        "phase": "",
        "late": False,
        "emotion": None,
        "emotion_observed": False,
        "emotion_evidence": "",
        "emotion_about": "",
        "backfill": True,
    }


def test_properties_leave_byte_for_byte_as_they_came() -> None:
    """Where there is nothing to hide, nothing is written anew."""
    text = b'{ "price" : 1.50, "price" : 2e400, "t":"\\u00e9" }'
    value = raw_bytes(properties={}).replace(b"{}", text)
    encoded = msgspec.json.encode(outcome(value))
    assert b'"properties":' + text in encoded


@pytest.mark.parametrize("value", [None, b""])
def test_no_value_is_empty(value: bytes | None) -> None:
    """A tombstone, or a record without bytes."""
    assert reason(value) is Reason.EMPTY


def test_payloads_above_the_limit_are_too_large() -> None:
    """They are not even looked at; the limit itself is accepted."""
    fits = raw_bytes(properties={"a": ""})
    fits = fits.replace(b'""', b'"' + b"x" * (10_000 - len(fits)) + b'"')
    assert isinstance(outcome(fits), Touchpoint)
    assert reason(fits + b" ") is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": "teleported"}, Reason.UNKNOWN_TYPE),
        ({"channel": "fax"}, Reason.UNKNOWN_CHANNEL),
        ({"direction": "sideways"}, Reason.OUT_OF_RANGE),
        ({"time": "yesterday"}, Reason.INVALID_TIME),
        ({"time": 1_714_817_472}, Reason.TIME_TOO_OLD),
        ({"time": RECEIVED_AT + 86_400_001}, Reason.TIME_IN_FUTURE),
        ({"time": 10**30}, Reason.TIME_IN_FUTURE),
        ({"actor": None}, Reason.MISSING_IDENTITY),
        ({"actor": {}}, Reason.MISSING_IDENTITY),
        ({"actor": {"customer_id": "guest"}}, Reason.MISSING_IDENTITY),
        ({"actor": {"customer_id": "C\x00"}}, Reason.OUT_OF_RANGE),
        ({"actor": {"email": "a\x07@example.fr"}}, Reason.OUT_OF_RANGE),
        ({"id": "e\x00"}, Reason.OUT_OF_RANGE),
        ({"source": "s\n"}, Reason.OUT_OF_RANGE),
        ({"tenant": "acme\n"}, Reason.OUT_OF_RANGE),
        ({"currency": "EUR\n"}, Reason.OUT_OF_RANGE),
        ({"order_id": "o\x7f"}, Reason.OUT_OF_RANGE),
        ({"cart_id": "k\x85"}, Reason.OUT_OF_RANGE),
    ],
)
def test_each_fault_has_its_reason(fields: dict[str, object], expected: Reason) -> None:
    """From the closed list."""
    assert reason(raw_bytes(**fields)) is expected


@pytest.mark.parametrize("facts", [[], "a", 7, True])
def test_facts_are_an_object(facts: object) -> None:
    """The journey reads them: what it could not read is refused before."""
    found = reason(raw_bytes(type="customer_updated", properties={"facts": facts}))
    assert found is Reason.WRONG_TYPE


@pytest.mark.parametrize("facts", [None, {}, {"size": 2}])
def test_facts_may_be_empty_or_null(facts: object) -> None:
    """Null counts as absent, as everywhere."""
    touchpoint = identified(type="customer_updated", properties={"facts": facts})
    assert fact_of(touchpoint) == facts


@pytest.mark.parametrize("received_at", [-5, 0, 1, 4_100_000_000_000, 2**62])
def test_a_record_from_another_age_is_refused(received_at: int) -> None:
    """A broker may keep the producer's clock; nothing could be reckoned by such a one."""
    found = IDENTIFIER.identify(
        raw_bytes(), received_at=received_at, raw_log=LOG, raw_partition=3, raw_offset=9
    )
    assert isinstance(found, Rejected)
    assert found.reason is Reason.OUT_OF_RANGE


def test_the_place_of_a_control_character_is_named() -> None:
    """By path, never by value."""
    result = outcome(raw_bytes(actor={"loyalty_id": "L\x01"}))
    assert isinstance(result, Rejected)
    assert result.detail == "$.actor.loyalty_id: no control characters expected"


def test_a_clock_that_runs_ahead_is_forgiven_up_to_the_policy() -> None:
    """The bound counts from the record's own time."""
    assert identified(time=RECEIVED_AT + 86_400_000).occurred_at > RECEIVED_AT


def test_a_clock_that_is_provably_ahead_is_put_right() -> None:
    """Sent two hours after its receipt: the clock was two hours ahead, in steps."""
    wrong = RECEIVED_AT + 7_260_000
    touchpoint = identified(time=wrong - 30_000, sent_at=wrong)
    assert touchpoint.occurred_at == wrong - 30_000 - 7_200_000
    assert touchpoint.sent_at == wrong


def test_a_clock_is_not_put_right_without_the_time_of_sending() -> None:
    """Nothing is known of it."""
    assert identified(time=RECEIVED_AT + 7_260_000).occurred_at == (
        RECEIVED_AT + 7_260_000
    )


def test_a_bad_sent_at_costs_nothing() -> None:
    """It is dropped."""
    assert identified(sent_at="soon").sent_at is None


def test_a_store_makes_an_order_a_till_order() -> None:
    """Unless the source says itself where it was."""
    place = {"store_id": "s1"}
    assert identified(type="order_completed", place=place).channel == "pos"
    app = identified(type="order_completed", place=place, channel="app")
    assert app.channel == "app"
    assert identified(type="order_completed").channel == "web"


def test_campaign_is_the_given_one_or_that_of_the_address() -> None:
    """`url` first, then `landing_url`; what the source says itself wins."""
    url = "https://shop.example/?utm_source=mail"
    plain = "https://shop.example/?a=1"
    assert identified(properties={"url": url}).campaign == Campaign("mail")
    landing = identified(properties={"url": plain, "landing_url": url})
    assert landing.campaign == Campaign("mail")
    given = identified(properties={"url": url}, campaign={"name": "given"})
    assert given.campaign == Campaign(name="given")


@pytest.mark.parametrize("odd", [1, None, True, ["/"], {"a": "/"}, "/", "://", "?"])
def test_odd_clues_are_passed_over(odd: object) -> None:
    """Free properties may have any type: none of them is an error."""
    names = ("url", "landing_url", "referrer", "user_agent", "machine")
    touchpoint = identified(properties=dict.fromkeys(names, odd) | {"x": "/"})
    assert (touchpoint.campaign, touchpoint.referrer) == (None, "")


def test_a_number_beyond_all_bounds_among_the_clues_is_passed_over() -> None:
    """Valid JSON that no machine type holds."""
    value = raw_bytes(properties={"x": "/"}).replace(b'"x"', b'"url":1e999,"x"')
    assert isinstance(outcome(value), Touchpoint)


def test_crawlers_are_marked() -> None:
    """`bot`, and the device class says it too."""
    touchpoint = identified(properties={"user_agent": "Googlebot/2.1"})
    assert (touchpoint.bot, touchpoint.device_class) == (True, "bot")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"machine": True}, True),
        ({"user_agent": "Mozilla/5.0"}, True),
        ({"user_agent": "x (via ggpht.com GoogleImageProxy) Mozilla/5.0"}, True),
        ({"machine": False, "user_agent": PHONE}, False),
        ({}, False),
    ],
)
def test_openings_by_a_mail_proxy_are_marked(
    properties: dict[str, object], *, expected: bool
) -> None:
    """`machine`: the picture was fetched, which does not mean that anyone read."""
    opened = identified(type="email_opened", properties=properties)
    assert (opened.machine, opened.bot) == (expected, False)
    assert not identified(properties=properties).machine


def test_properties_of_control_events_must_be_readable() -> None:
    """Parcours itself reads them later: a number nobody can hold stops here."""
    value = raw_bytes(type="customer_updated", properties={"a": 7})
    assert isinstance(outcome(value), Touchpoint)
    assert reason(value.replace(b"7", b"1e999")) is Reason.OUT_OF_RANGE


def test_the_policy_comes_from_the_settings() -> None:
    """Seconds become milliseconds; the secret does not show."""
    policy = policy_from(
        Settings(
            kafka_servers="k",
            clickhouse_url="c",
            pseudonym_key="do not show this",
            unknown_types="accept",
            max_future_seconds=60,
            clock_lag_seconds=7,
            max_payload_bytes=99,
        )
    )
    assert policy == IdentifyPolicy(
        "do not show this",
        accept_unknown_types=True,
        max_future_ms=60_000,
        skew_lag_ms=7_000,
        max_payload_bytes=99,
    )
    assert "do not show" not in repr(policy)


def test_the_policy_accepts_unknown_types_if_told_so() -> None:
    """And the retailer's phone numbers are read in its own country."""
    identifier = Identifier(
        IdentifyPolicy("k" * 16, accept_unknown_types=True, countries={"uk": "GB"})
    )
    value = raw_bytes(type="Teleported", tenant="uk", actor={"phone": "020 7946 0958"})
    result = identifier.identify(
        value, received_at=RECEIVED_AT, raw_log=LOG, raw_partition=0, raw_offset=0
    )
    assert isinstance(result, Touchpoint)
    assert result.type == "teleported"
