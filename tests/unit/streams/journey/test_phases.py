"""Dormancy, regression, filters and thresholds, one by one."""

import yaml
from msgspec import Raw, json

from schemas.journey import JourneyState, Transition
from schemas.progress import Tick
from streams.journey.live import decode_state
from streams.journey.marks import MAX_SPANS, MAX_VALUE_MARKS
from streams.journey.policy import DEFAULT_RULES, ChannelRule, SessionPolicy
from tests.factories.identified import (
    DAY_MS,
    START_MS,
    Record,
    identified,
    newest,
    partition,
    records,
)

PATIENT = SessionPolicy(
    {c: ChannelRule(r.kind, r.gap_ms, 10**13) for c, r in DEFAULT_RULES.items()}
)
MODEL = """
name: m
version: 4
phases:
  - {id: guest, enter: [{rule: came, all: [{types: ["*"]}]}]}
  - {id: buyer, enter: [{rule: bought, all: [{types: [order_completed]}]}]}
  - id: fan
    enter:
      - rule: spent
        all: [{types: [order_completed], at_least_minor: 1000, currency: EUR}]
  - {id: asleep}
dormancy:
  - {rule: faded, after_days: 30, to: buyer, from: [fan], back: {to: previous, rule: b}}
  - {rule: slept, after_days: 90, to: asleep, from: [buyer], back: {to: guest, rule: g}}
"""


class Story:
    """What happens to one person, day by day."""

    def __init__(self, model: str = MODEL) -> None:
        self.journeys = partition(PATIENT, 1, yaml.safe_load(model))
        self._offset = 0
        self._pairs: list[tuple[bytes, bytes]] = []

    def happens(self, day: float, type_: str = "page_viewed", **more: object) -> None:
        at = START_MS + round(day * DAY_MS)
        one = identified(f"{type_}@{day:g}", type_, at=at, **more)
        self._apply(records([one], self._offset))

    def order(self, day: float, minor: int, **more: object) -> None:
        self.happens(day, "order_completed", value_minor=minor, currency="EUR", **more)

    def day(self, day: float) -> None:
        """Time passes until then."""
        front = {0: START_MS + round(day * DAY_MS)}
        value = json.encode(Tick("raw", START_MS, front, {}))
        self._apply([Record(self._offset, None, value, START_MS)])

    def _apply(self, made: list[Record]) -> None:
        self._offset += len(made)
        self._pairs += self.journeys.apply(made).transitions

    def told(self, model: str = "m") -> list[tuple[str, str, float, str]]:
        """The transitions that hold: rule, phase, day and cause."""
        pairs = [p for p in self._pairs if json.decode(p[1])["model"] == model]
        rows = newest(pairs, Transition, "transition_no")
        return [
            (t.rule, t.to_phase, (t.occurred_at - START_MS) / DAY_MS, t.cause.id)
            for _, t in sorted(rows.items())
            if not t.deleted
        ]

    @property
    def state(self) -> JourneyState:
        (state,) = map(decode_state, self.journeys.states.values())
        return state


def test_silence_leads_into_dormancy_and_the_next_touchpoint_back() -> None:
    """By the built-in model: after 180 days, caused by the last touchpoint before."""
    story = Story()
    story.order(0, 100)
    story.day(180)
    assert story.state.phase == "onboarding"
    story.day(180.01)
    assert story.state.phase == "dormant"
    story.happens(200)
    assert story.told("default") == [
        ("first_order", "onboarding", 0, "order_completed@0"),
        ("silent_for_180_days", "dormant", 180, "order_completed@0"),
        ("came_back", "onboarding", 200, "page_viewed@200"),
    ]


def test_what_the_retailer_does_is_no_sign_of_life() -> None:
    """A mailing wakes nobody."""
    story = Story()
    story.order(0, 100)
    story.happens(170, "mailing_delivered")
    story.day(181)
    assert story.state.phase == "dormant"


def test_a_late_touchpoint_takes_a_silence_back() -> None:
    """Dormancy that was told, and the return from it, are deleted."""
    story = Story()
    story.order(0, 100)
    story.day(190)
    story.happens(300)
    assert len(story.told("default")) == 3
    story.happens(150)
    assert [rule for rule, *_ in story.told("default")] == ["first_order"]
    assert story.state.phase == "onboarding"


def test_regression_deepens_and_the_deepest_silence_has_to_end() -> None:
    """Fan, buyer after 30 days, asleep after 90; back as the deepest rule says."""
    story = Story()
    story.order(0, 1000)
    story.day(100)
    story.happens(101)
    story.order(102, 50)
    assert story.told() == [
        ("spent", "fan", 0, "order_completed@0"),
        ("faded", "buyer", 30, "order_completed@0"),
        ("slept", "asleep", 90, "order_completed@0"),
        ("g", "guest", 101, "page_viewed@101"),
    ]


def test_a_phase_never_reached_before_ends_a_silence() -> None:
    """Who comes back and goes on at once goes straight there."""
    story = Story()
    story.order(0, 400)
    story.order(120, 600)
    assert [(rule, to) for rule, to, *_ in story.told()] == [
        ("bought", "buyer"),
        ("slept", "asleep"),
        ("spent", "fan"),
    ]


def test_the_order_with_which_a_sum_is_reached_is_the_cause() -> None:
    """Whatever order they come in; other currencies do not count."""
    for days in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        story = Story()
        story.happens(
            0.5, "order_completed", value_minor=5000, currency="USD", device="d9"
        )
        for day in days:
            story.order(day, 500)
        assert story.told()[-1] == ("spent", "fan", 1, "order_completed@1")


def test_a_filtered_model_sees_its_own_touchpoints_alone() -> None:
    """Counts, and also what ends a silence."""
    story = Story(
        """
name: m
version: 1
only: {properties: {items.line: hats}}
phases:
  - {id: seen, enter: [{rule: saw, all: [{types: ["*"]}]}]}
  - {id: gone}
dormancy: [{rule: quiet, after_days: 10, to: gone}]
"""
    )
    hats, shoes = ({"items": [{"line": line}]} for line in ("hats", "shoes"))
    story.happens(1, properties=Raw(json.encode(shoes)))
    story.happens(2, properties=Raw(json.encode(hats)))
    story.happens(9, properties=Raw(json.encode(shoes)))
    story.day(13)
    assert story.told() == [
        ("saw", "seen", 2, "page_viewed@2"),
        ("quiet", "gone", 12, "page_viewed@2"),
    ]


def test_spans_of_activity_are_bounded_and_what_is_forgotten_is_counted() -> None:
    """The oldest silences go; the newest stay."""
    story = Story()
    for number in range(MAX_SPANS + 3):
        story.happens(number * 200)
    assert {len(spans) for spans in story.state.activity.values()} == {MAX_SPANS}
    assert story.state.given_up["silences"] == 9  # three of each of three rules
    last = story.told("default")[-1]
    assert last[:3] == ("came_back", "acquisition", (MAX_SPANS + 2) * 200)


def test_orders_looked_at_for_a_threshold_are_bounded() -> None:
    """A threshold that the earliest ones do not reach is not reached, which is counted."""
    story = Story(MODEL.replace("at_least_minor: 1000", "at_least_minor: 1000000"))
    for number in range(MAX_VALUE_MARKS + 2):
        story.order(number / 100, 1)
    (kept,) = story.state.value_marks.values()
    assert len(kept) == MAX_VALUE_MARKS
    assert story.state.given_up["orders"] == 2
