"""Personal data in free fields leaves the first agent only as a pseudonym."""

import json

import pytest
from msgspec.json import decode

from schemas.touchpoint import Touchpoint
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.identity.pseudonym import Pseudonyms
from tests.factories.raw import LOG, RECEIVED_AT, raw_bytes

SECRET = "a secret of the tests only"
IDENTIFIER = Identifier(IdentifyPolicy(SECRET))
PSEUDONYMS = Pseudonyms(SECRET, "FR", {})
EMAIL = PSEUDONYMS.email("default", "jean@example.fr")
PHONE = PSEUDONYMS.phone("default", "+33612345678")


def identified(value: bytes) -> Touchpoint:
    result = IDENTIFIER.identify(
        value, received_at=RECEIVED_AT, raw_log=LOG, raw_partition=0, raw_offset=0
    )
    assert isinstance(result, Touchpoint), result
    return result


def scrubbed(properties: object) -> object:
    return decode(bytes(identified(raw_bytes(properties=properties)).properties))


@pytest.mark.parametrize(
    "key", ["email", "e_mail", "mail", "Email", "customer_email", "e-mail", "courriel"]
)
def test_addresses_under_obvious_names_are_replaced(key: str) -> None:
    """At any depth, inside arrays too."""
    clear = {"a": [{key: " Jean@Example.fr"}], "n": 1}
    assert scrubbed(clear) == {"a": [{key: EMAIL}], "n": 1}


@pytest.mark.parametrize(
    "key",
    ["phone", "mobile", "tel", "Phone", "homePhone", "phone_number", "PHONE", "Tel"],
)
@pytest.mark.parametrize(
    "number", ["06 12 34 56 78", "+33612345678", "0033612345678", 33612345678]
)
def test_phone_numbers_under_obvious_names_are_replaced(
    key: str, number: object
) -> None:
    """As a text or as a number, at any depth, and in lists."""
    assert scrubbed({"a": {key: [number, 1]}}) == {"a": {key: [PHONE, 1]}}


@pytest.mark.parametrize(
    "key",
    [
        "tel_bureau",
        "telBureau",
        "phones",
        "homePhone2",
        "telephone",
        "téléphone",
        "tél",
        "Tél. fixe",
        "msisdn",
        "gsm",
        "portable",
        "whatsapp_id",
        "mobile-perso",
        "phoneNumbers",
    ],
)
def test_a_word_of_a_name_is_enough(key: str) -> None:
    """In English and French, wherever in the name, and whatever stands below it."""
    clear = "06 12 34 56 78"
    assert scrubbed({key: clear}) == {key: PHONE}
    assert scrubbed({key: [{"home": [clear, 33612345678]}]}) == {
        key: [{"home": [PHONE, PHONE]}]
    }


def test_an_accent_may_be_escaped() -> None:
    """As most serialisers write it."""
    value = raw_bytes(properties={}).replace(
        b"{}", b'{"t\\u00e9l bureau": "0612345678"}'
    )
    assert decode(bytes(identified(value).properties)) == {"tél bureau": PHONE}


def test_an_unknown_field_of_the_actor_is_scrubbed() -> None:
    """It is kept under `properties`, by the rule of those."""
    actor = {
        "customer_id": "C42",
        "msisdn": "0612345678",
        "mobile": {"a": "0612345678"},
    }
    t = identified(raw_bytes(actor=actor))
    assert decode(bytes(t.properties)) == {
        "actor": {"msisdn": PHONE, "mobile": {"a": PHONE}}
    }


@pytest.mark.parametrize(
    "number",
    [
        *("06 12 34 56 78;", "[06 12 34 56 78]", "'0612345678", "06 12 34 56 78 #4"),
        *("\u200e+33612345678", "+33\u20136\u201312\u201334\u201356\u201378"),
        *("tel:+33612345678", "+33612345678 ext 4"),
    ],
)
def test_under_its_own_name_a_number_may_be_written_in_any_way(number: str) -> None:
    """As copied from a list of contacts, a spreadsheet, a link; and found to be the same."""
    assert scrubbed({"homePhone": number}) == {"homePhone": PHONE}


@pytest.mark.parametrize(
    "text",
    [
        *("06 12 34 56 78, 06 77 88 99 22", "+33612345678 / +33677889922"),
        *("06_12_34_56_78", "06\u00b712\u00b734\u00b756\u00b778", "++33612345678"),
        *("\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "123456"),
    ],
)
def test_under_its_own_name_six_digits_are_enough(text: str) -> None:
    """Whatever has no letter: what it means nobody can tell, so all of it is hidden."""
    hidden = scrubbed({"phone": [text], "note": text})
    assert isinstance(hidden, dict)
    assert hidden["note"] == text
    (found,) = hidden["phone"]
    assert len(found) == 32
    assert not {text, *text.split()} & {found}


def test_what_no_phone_has_stays_below_a_name_of_one() -> None:
    """Dates, prices and times are no numbers that can be dialled."""
    clear = {
        "phone_verified_at": 1714817472345,
        "mobile_since": "04/05/2024",
        "mobile": {"price_minor": 129900, "os": "18.1", "seen": "2024-05-04"},
        "hotel_id": "0612345678",
        "intelligence": "0612345678",
    }
    assert scrubbed(clear) == clear


def test_addresses_inside_any_text_are_replaced() -> None:
    """In the query of a page's address, in a sentence, as the name of a field."""
    clear = {
        "url": "https://shop.example/?e=jean%40example.fr&b=1",
        "note": "write to jean@example.fr.",
        "jean@example.fr": True,
        "next": "/?to=%2F%3Fe%3Djean%2540example.fr",
        "deep": "/?to=jean%25252540example.fr&b=1",
    }
    hidden = scrubbed(clear)
    assert isinstance(hidden, dict)
    assert "jean" not in hidden.pop("next")
    assert hidden.pop("deep") == f"/?to={EMAIL}&b=1"
    assert hidden == {
        "url": f"https://shop.example/?e={EMAIL}&b=1",
        "note": f"write to {EMAIL}.",
        str(EMAIL): True,
    }


def test_escapes_hide_nothing() -> None:
    """JSON can write any letter as an escape, in names and in values."""
    text = json.dumps({"phone": "0612345678", "note": "jean@example.fr"})
    hiding = text.replace("phone", "ph\\u006fne").replace("@", "\\u0040")
    value = raw_bytes(properties={}).replace(b"{}", hiding.encode())
    assert decode(bytes(identified(value).properties)) == {
        "phone": PHONE,
        "note": EMAIL,
    }


def test_space_around_the_colon_hides_nothing() -> None:
    """However a source lays out its JSON."""
    value = raw_bytes(properties={}).replace(b"{}", b'{"phone"\n :  "0612345678"}')
    assert decode(bytes(identified(value).properties)) == {"phone": PHONE}


def test_a_text_that_ends_as_a_name_does_hides_no_name_behind_it() -> None:
    """A user agent, mostly; the name that counts comes later."""
    clear = {"user_agent": "Chrome/125 Mobile", "b": "Mobile", "mobile": "0612345678"}
    assert scrubbed(clear) == clear | {"mobile": PHONE}


@pytest.mark.parametrize(
    "properties",
    [
        {"phone": "iPhone 15", "mobile": True, "tel": None},
        {"mobile": "SM-G991B 20230901 12", "phone": "12 345", "whatsapp": "a" * 300},
        {"order_number": "0612345678", "hotel": "06123456", "amount": 33612345678},
        {"image": "https://cdn.example/shoe@2x.jpg", "handle": "@brand"},
        {"discount": "50%", "text": 'a "quoted" word'},
        {"user_agent": "Safari/537 Mobile", "model": "a phone", "hotel": "0612345678"},
    ],
)
def test_what_is_no_personal_data_stays(properties: dict[str, object]) -> None:
    """Only what looks like an address or number, where it must be one."""
    assert scrubbed(properties) == properties


def test_replacing_changes_no_digit_of_anything_else() -> None:
    """Numbers are copied as text, also those beyond any machine type."""
    number = b"12345678901234567890123.10e400"
    value = raw_bytes(properties={}).replace(
        b"{}", b'{"email":"jean@example.fr","n":' + number + b"}"
    )
    assert number in bytes(identified(value).properties)


def test_addresses_in_other_fields_are_replaced() -> None:
    """Ids, campaign, place and purposes hold free text too."""
    clear = "jean@example.fr"
    t = identified(
        raw_bytes(
            id=f"order-{clear}",
            source=f"crm {clear}",
            session_hint=clear,
            cart_id=f"cart:{clear}",
            order_id=clear,
            campaign={"content": f"to {clear}"},
            place={"city": clear},
            consent={clear: True},
        )
    )
    assert t.campaign is not None
    assert t.place is not None
    assert (t.session_hint, t.cart_id, t.order_id) == (EMAIL, f"cart:{EMAIL}", EMAIL)
    assert (t.campaign.content, t.place.city) == (f"to {EMAIL}", EMAIL)
    assert t.consent == {EMAIL: True}
    assert t.source == f"crm {EMAIL}"
    assert clear not in t.id


def test_international_numbers_in_other_fields_are_replaced() -> None:
    """By the sign before them; the same text may be an id of the shop's without it."""
    clear = "+33 6 12 34 56 78"
    t = identified(
        raw_bytes(
            session_hint=clear, cart_id=clear, campaign={"id": clear, "name": "+3"}
        )
    )
    assert t.campaign is not None
    assert (t.session_hint, t.cart_id, t.campaign.id) == (PHONE, PHONE, PHONE)
    assert t.campaign.name == "+3"
    assert identified(raw_bytes(cart_id="0612345678")).cart_id == "0612345678"


@pytest.mark.parametrize(
    "text",
    [
        *("%41" * 300_000 + "@", "a@" * 400_000, "%40" * 300_000),
        *("a." * 400_000 + "@", "tel" * 300_000),
        *("%25" * 300_000, "%2540" * 200_000, "a%25" * 200_000 + "@"),
    ],
    ids=range(8),
)
def test_no_text_takes_for_ever(text: str) -> None:
    """The search is linear: a megabyte of bait is found harmless at once."""
    assert scrubbed({"text": text}) == {"text": text}
