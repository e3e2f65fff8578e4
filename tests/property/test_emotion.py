"""The emotion rules under inputs that nobody thought of, and in any order."""

import json
import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.emotion import Emotions
from schemas.facts import ACTIVE, Detail, Fact
from schemas.touchpoint import Touchpoint
from streams.emotion.feel import CONCERNED
from streams.emotion.heard import Heard
from streams.emotion.policy import FRICTIONS, EmotionPolicy
from streams.emotion.text import Reader
from streams.journey.feelings import feel_fact, merged
from tests.factories.felt import identified, read
from tests.factories.identified import HOUR_MS, MINUTE_MS, START_MS
from tests.factories.raw import raw_fields

READER = Reader()
POLICY = EmotionPolicy()
FRENCH = ("ne", "n'", "pas", "plus", "jamais", "mais", "bon", "nul", "très", "déçu")
WORDS = (*FRENCH, "not", "bad", "but", "great", "😡", ".", "!", "'", "…")

answers = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.sampled_from(
        ["nps", "csat", "ces", "0-10", "1-5", "10", "fr", "en", "negative", "5"]
    ),
    st.integers(-1, 11),
    st.sampled_from(["très déçu", "not bad at all", "2024-05-01", "2024-05-01T00:00Z"]),
)
properties = st.dictionaries(
    st.sampled_from(Heard.__struct_fields__), answers, max_size=6
)


@settings(max_examples=600)
@given(st.sampled_from(sorted(CONCERNED)), properties)
def test_any_properties_give_an_emotion_in_range_or_none(
    type_: str, told: dict
) -> None:
    """Never a crash or a dead letter; an emotion has evidence; the record is readable."""
    whole = raw_fields(type=type_, properties=told)
    touchpoint = read(json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace"))
    if touchpoint.emotion is None:
        assert not touchpoint.emotion_observed
        evidence = touchpoint.emotion_evidence
        assert not evidence or evidence.startswith("invalid:")
    else:
        assert -2 <= touchpoint.emotion <= 2
        assert touchpoint.emotion_evidence
        assert touchpoint.emotion_observed != touchpoint.emotion_evidence.startswith(
            "friction:"
        )
    msgspec.json.decode(msgspec.json.encode(touchpoint), type=Touchpoint)


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(
            st.sampled_from(WORDS),
            max_size=40,
        ).map(" ".join),
    ),
    st.none() | st.sampled_from(["fr", "en", "", "fr_FR", "-", "\x00"]),
)
def test_any_text_is_read_twice_the_same(text: str, language: str | None) -> None:
    """In range or nothing, and a matter of the text alone."""
    mood = READER.read(text, language)
    assert mood == READER.read(text, language)
    assert mood is None or -2 <= mood.emotion <= 2


def test_a_long_text_takes_no_longer_than_its_length_allows() -> None:
    """What is read is bounded, and no pattern runs wild on it."""
    for hostile in ("ne " * 700, "n'" * 1_000, "😡" * 2_000, "a." * 1_000, "'" * 2_000):
        touchpoint = identified("product_reviewed", {"text": hostile * 20})
        assert touchpoint.emotion is None or -2 <= touchpoint.emotion <= 2


def fact(number: int, minutes: int, sort: int) -> Fact:
    made = Fact(
        START_MS + minutes * MINUTE_MS,
        number % 2,
        "shop",
        f"e{number}",
        ("support_contacted", "payment_failed", "product_reviewed")[min(sort, 2)],
        ACTIVE,
    )
    if sort == 0:
        made.kind, made.place, made.channel = "phone", f"call-{number % 7}", "phone"
    elif sort == 1:
        made.channel, made.more = "web", Detail(emotion=FRICTIONS["payment_failed"])
    else:
        made.channel = "web"
        made.more = Detail(emotion=(sort - 3) / 3, observed=True)
    return made


# Within twenty days: nothing is settled, whatever comes last.
histories = st.lists(
    st.tuples(st.integers(0, 20 * 24 * 60), st.integers(0, 6)), max_size=30
).map(lambda rows: [fact(n, minutes, sort) for n, (minutes, sort) in enumerate(rows)])


def tallied(facts: list[Fact]) -> Emotions:
    whole = Emotions()
    for one in facts:
        feel_fact(whole, one, POLICY, settled_before=START_MS - HOUR_MS)
    return whole


@given(histories, st.integers(0, 2**32))
def test_order_does_not_matter(facts: list[Fact], seed: int) -> None:
    """Any order of the facts comes to the same tallies and traces."""
    shuffled = facts.copy()
    random.Random(seed).shuffle(shuffled)
    assert tallied(shuffled) == tallied(facts)


@given(histories, st.integers(0, 2**32))
def test_merging_parts_is_folding_the_whole(facts: list[Fact], seed: int) -> None:
    """Any partition into three, merged in any tree, equals the fold; empty is neutral."""
    parts: list[list[Fact]] = [[], [], []]
    chance = random.Random(seed)
    for one in facts:
        chance.choice(parts).append(one)
    a, b, c = (tallied(part) for part in parts)
    whole = tallied(facts)
    assert merged(merged(a, b, POLICY), c, POLICY) == whole
    assert merged(c, merged(b, a, POLICY), POLICY) == whole
    assert merged(whole, Emotions(), POLICY) == whole


@given(histories, st.lists(st.integers(0, 30 * 24), max_size=30))
def test_settling_does_not_change_what_is_counted(
    facts: list[Fact], hours: list[int]
) -> None:
    """Facts in the order of time: whenever the past is settled, the sums are the same."""
    in_time = sorted(facts)
    reference, settling = tallied(in_time), Emotions()
    for number, one in enumerate(in_time):
        back = (hours[number] if number < len(hours) else 0) * HOUR_MS
        feel_fact(settling, one, POLICY, settled_before=one.at - POLICY.reach_ms - back)
    assert settling.inferred == reference.inferred
    assert settling.observed == reference.observed
