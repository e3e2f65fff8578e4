"""How a funnel is written: files and command line."""

import pytest
from msgspec import json
from msgspec.structs import replace

from insights.asker import QuestionError
from insights.funnels.checks import check
from insights.funnels.packed import eligible
from insights.funnels.spec import (
    Breakdown,
    Exclusion,
    Funnel,
    FunnelError,
    Step,
    load,
)
from insights.funnels.statement import Asked, attempts
from insights.funnels.steps import parse_steps
from insights.hints import unknown_types
from insights.rollups.registered import RegisteredError, register

PAGE, BUYS = Step(type="page_viewed"), Step(type="order_completed")
MAYBE = Step(type="cart_viewed", optional=True)


def between(first: int, end: int) -> Exclusion:
    return Exclusion(type="cart_viewed", from_=first, to=end)


def late(within: str) -> Step:
    return Step(type="order_completed", within=within, at_least="1m")


YAML = b"""
name: campaign
window: 14d
unit: person
order: strict
from: 2017-01-01
to: 2017-12-31T00:00:00+01:00
steps:
  - type: mailing_delivered
    where: {campaign_name: [TypeA, TypeB]}
  - any_of: [coupon_redeemed, coupon_applied]
    name: coupon
  - type: order_completed
    where:
      value_minor: {ge: 1000, lt: 5000}
      properties.gift: true
      store_id: 367
"""


def test_yaml_and_command_line_mean_the_same() -> None:
    """A file and the grammar of the command line give equal steps."""
    order = "order_completed[value_minor>=1000, value_minor<5000, "
    order += "properties.gift=true,store_id=367]"
    typed = parse_steps(["coupon=coupon_redeemed | coupon_applied", order])
    read = load(YAML, yaml=True).steps[1:]
    assert typed[0] == read[0]
    assert typed[1].where == read[1].where | {
        "properties.gift": {"eq": True},
        "store_id": {"eq": 367},
    }


def test_dates_are_midnight_utc_and_times_keep_their_zone() -> None:
    """`from` and `to` take dates and RFC 3339 times, in YAML too."""
    funnel = load(YAML, yaml=True)
    assert (funnel.from_ms, funnel.to_ms) == (1_483_228_800_000, 1_514_674_800_000)


def test_dates_are_midnights_of_the_given_zone() -> None:
    """A day of a Paris funnel begins in Paris, in summer at 22:00 UTC."""
    funnel = Funnel(steps=(), from_="2024-07-01", timezone="Europe/Paris")
    assert funnel.from_ms == 1_719_784_800_000


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('page_viewed[properties.path="/a,b]"]', {"properties.path": {"eq": "/a,b]"}}),
        ("page_viewed[properties.n=5]", {"properties.n": {"eq": 5}}),
        ('page_viewed[properties.n="5"]', {"properties.n": {"eq": "5"}}),
        ("page_viewed[referrer~shop]", {"referrer": {"contains": "shop"}}),
        ("page_viewed[channel!=web]", {"channel": {"ne": "web"}}),
        ("page_viewed", {}),
        ("page_viewed[]", {}),
    ],
)
def test_conditions_are_read_from_a_step(
    text: str, condition: dict[str, object]
) -> None:
    """Values that read as JSON are JSON, all others text."""
    assert parse_steps([text])[0].where == condition


@pytest.mark.parametrize(
    "text", ["", "a|", "=a", "a[b", "a[b]", "a[b=1", "a]b", "a[x=1,x=2]", "a=b=c"]
)
def test_what_is_not_a_step_is_refused_by_name(text: str) -> None:
    """A mistyped step is named in the message."""
    with pytest.raises(FunnelError, match="step"):
        parse_steps([text])


def test_a_question_mark_makes_a_step_optional_and_a_star_is_any_type() -> None:
    """Behind the type or the conditions; inside of these it is a value's."""
    bare, full, asking = parse_steps(["cart_viewed?", "*[channel=web] ?", "a[x=why?]"])
    assert (bare.optional, bare.types) == (True, ["cart_viewed"])
    assert (full.optional, full.every_type) == (True, True)
    assert (asking.optional, asking.where) == (False, {"x": {"eq": "why?"}})


def test_aliases_mean_the_canonical_type() -> None:
    """Foreign names of the vocabulary work in funnels as they do in events."""
    assert Step(any_of=("Order Completed", "add_to_cart")).types == [
        "order_completed",
        "cart_product_added",
    ]


def test_unknown_type_is_noted_with_the_nearest() -> None:
    """A slip in a type is not an error, since types may be open, but it is said."""
    steps = parse_steps(["order_complete", "custom_fitting"])
    (note,) = unknown_types(name for step in steps for name in step.types)
    assert "'order_complete'; did you mean order_completed?" in str(note)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": ()}, "1 to 30 steps"),
        ({"steps": (Step(type="a"),) * 31}, "1 to 30 steps"),
        ({"steps": (Step(type="a"),) * 9, "order": "any"}, "1 to 8 steps"),
        ({"steps": (Step(),)}, "either type or any_of"),
        ({"steps": (Step(type="a", any_of=("b",)),)}, "either type or any_of"),
        ({"window": "soon"}, "not a duration"),
        ({"window": "5000d"}, "longer than ten years"),
        (
            {"steps": (PAGE, Step(type="order_completed", within="999999999999w"))},
            "longer than ten years",
        ),
        ({"from_": "2017-13-01"}, "neither a date"),
        ({"from_": "2017-01-01T00:00:00"}, "zone"),
        ({"from_": 5, "to": 5}, "range is empty"),
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"timezone": "right/UTC"}, "no time zone"),
        ({"steps": (PAGE, BUYS), "exclude": (between(2, 2),)}, "between two steps"),
        ({"steps": (PAGE, BUYS), "exclude": (between(1, 3),)}, "between two steps"),
        ({"steps": (PAGE, MAYBE, BUYS), "exclude": (between(1, 2),)}, "optional"),
        (
            {"steps": (PAGE,) * 3, "order": "any", "exclude": (between(1, 2),)},
            "no from",
        ),
        ({"steps": (PAGE, BUYS), "exclude": (Exclusion(),)}, "either type or any_of"),
        ({"hold": ("cart_id", "cart_id")}, "different properties"),
        ({"eligible": ("page_viewed",)}, "order strict"),
        ({"closed": False, "order": "any"}, "open funnel"),
        ({"closed": False, "count": "totals"}, "open funnel"),
        ({"steps": (MAYBE, PAGE)}, "first and the last"),
        ({"steps": (PAGE, MAYBE)}, "first and the last"),
        ({"steps": (PAGE, MAYBE, BUYS), "order": "any"}, "cannot be optional"),
        ({"steps": (late("1h"), BUYS)}, "step 1 cannot have within"),
        ({"steps": (PAGE, late("1s"))}, "at_least is longer"),
        ({"breakdown": Breakdown("channel", "step:2")}, "unknown attribution"),
        ({"breakdown": Breakdown("channel", "latest")}, "unknown attribution"),
        ({"breakdown": Breakdown("channel", limit=0)}, "1 to 100 values"),
        (
            {"breakdown": Breakdown("channel", "step:1"), "order": "any"},
            "no step is a certain one",
        ),
    ],
)
def test_funnel_without_sense_is_refused(
    change: dict[str, object], message: str
) -> None:
    """Every part that makes no sense is named."""
    whole = {"steps": (Step(type="page_viewed"),)} | change
    with pytest.raises(QuestionError, match=message):
        check(Funnel(**whole))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"brand": 1}, "written properties.brand"),
        ({"tenant": "other"}, "no column 'tenant'"),
        ({"kafka_offset": 1}, "no column"),
        ({"type) OR (1": 1}, "no column"),
        ({"properties": "{}"}, "no column"),
        ({"properties.": 1}, "no column"),
        ({"touchpoints.id": "x"}, "no column"),
        ({"channel": {"like": "x"}}, "unknown operator"),
        ({"channel": {"gt": "x"}}, "cannot be asked"),
        ({"value_minor": "x"}, "holds a number"),
        ({"bot": 1}, "holds a flag"),
        ({"channel": []}, "at least one"),
        ({"channel": {"eq": ["a"]}}, "not a list"),
        ({"value_minor": {"exists": 1}}, "true or false"),
        ({"value_minor": float("nan")}, "not a number"),
        ({"value_minor": 2**63}, "64 bits"),
        ({"id": [str(n) for n in range(300)]}, "more than 200"),
    ],
)
def test_condition_without_sense_is_refused(
    where: dict[str, object], message: str
) -> None:
    """Only listed columns and operators exist, and values have to fit them."""
    step = Step(type="page_viewed", where=where)  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match=message):
        attempts(Asked(Funnel(steps=(step,)), 0))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"steps: 5", b"\xff", b"{steps: [], color: red}", b"a: ["]
)
def test_file_that_is_no_funnel_is_refused(content: bytes) -> None:
    """A broken file is a message, not a traceback."""
    with pytest.raises(FunnelError, match="not a funnel"):
        load(content, yaml=True)


def test_no_value_is_ever_part_of_the_statement() -> None:
    """Values, keys of properties and names only travel as parameters."""
    hostile = "'); DROP TABLE touchpoints; --"
    step = Step(
        type=hostile,
        name=hostile,
        where={f"properties.{hostile}": hostile, "channel": [hostile, "$mask"]},
    )
    text, values = attempts(
        Asked(Funnel(steps=(step,), name=hostile, tenant=hostile), 0)
    )
    assert "DROP" not in text
    assert list(values.values()).count(hostile) == 4


def test_properties_of_options_are_columns_or_travel_as_values() -> None:
    """What `hold` and a breakdown name is in the list, or a bound path."""
    hostile = "'); DROP TABLE touchpoints; --"
    inside = f"properties.{hostile}"
    whole = {
        "steps": (PAGE, BUYS),
        "hold": (inside,),
        "breakdown": Breakdown(inside, "step:2"),
        "eligible": (hostile,),
        "order": "strict",
    }
    text, values = attempts(Asked(Funnel(**whole), 0, bucketed=True))  # type: ignore[arg-type]
    assert "DROP" not in text
    assert hostile in values.values()
    for name in (hostile, "tenant", "properties"):
        for option in ({"hold": (name,)}, {"breakdown": Breakdown(name)}):
            asked = Asked(Funnel(**whole | option), 0, bucketed=True)  # type: ignore[arg-type]
            with pytest.raises(QuestionError, match="no column"):
                attempts(asked)


def test_a_funnel_of_a_persona_is_computed_from_the_touchpoints() -> None:
    """What is counted beforehand knows no personas, so it cannot be registered."""
    funnel = Funnel((PAGE, BUYS))
    assert eligible(Asked(funnel, 0))
    assert not eligible(Asked(replace(funnel, persona="loyal"), 0))
    by_persona = replace(funnel, breakdown=Breakdown("persona"))
    assert not eligible(Asked(by_persona, 0, bucketed=True))
    whole = {"steps": [{"type": "page_viewed"}], "name": "x", "persona": "loyal"}
    with pytest.raises(RegisteredError):
        register(json.encode(whole))
