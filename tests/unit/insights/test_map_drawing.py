"""The drawing of a map, whatever is on it: texts never lie on one another."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.evidence import Evidence
from insights.map.answer import (
    Cell,
    Column,
    Finding,
    JourneyMap,
    Lane,
    Stage,
    TypeVolume,
    Volume,
)
from insights.map.model import MapModel, MapPhase
from insights.map.plan import Plan, PlanPhase, Targets, fit
from insights.map.svg import boxes, render
from insights.map.table import as_html
from insights.map.text import fitted, width
from insights.scope import Scope
from schemas.vocabulary import CHANNELS, TYPES

LONG = "A very long name of a thing that nobody thought would ever be on a map"


def volume(count: int, mean: float | None) -> Volume:
    """As much as `count`, feeling like `mean`."""
    return Volume(count, count, 3, 1.0, count, mean, count, mean, 0.5, 0.5)


def a_map(phases: int, types: int, count: int, mean: float | None) -> JourneyMap:
    """A map with so many phases, and so many types in each cell."""
    ids = [f"phase_{n}" for n in range(phases)]
    model = MapModel("default", 1, tuple(MapPhase(i, {"en": LONG}) for i in ids))
    some = volume(count, mean)
    names = [
        *TYPES,
        *(f"custom_{LONG.lower().replace(' ', '_')}_{n}" for n in range(9)),
    ]
    listed = [
        TypeVolume(name, some, n % 2 == 0) for n, name in enumerate(names[:types])
    ]
    columns = [
        Column(i, some, Stage(i, count, 1, count, 0.123456, count * 1000)) for i in ids
    ]
    targets = Targets(conversion=1, dwell_days=0.1, mood=2)
    plan = Plan("p", tuple(PlanPhase(i, {names[0]: 1.0}, targets) for i in ids))
    by_type = {(i, name): some for i in ids for name in names[:types]}
    evidence = Evidence("what it is", "SELECT 1", {})
    findings = [
        Finding(
            kind, i, LONG, -0.123, -0.2, -0.1, count, {"EUR": count}, {"phase": i}, ""
        )
        for kind in ("moment", "pain", "opportunity")
        for i in ids
        for _ in range(5)
    ]
    return JourneyMap(
        scope=Scope(channel="web", store=LONG, persona=LONG),
        model=model,
        total=some,
        columns=columns,
        lanes=[
            Lane(channel, some, [Cell(i, some, listed) for i in ids])
            for channel in CHANNELS
        ],
        findings=findings,
        plan=fit(plan, columns, by_type, some),
        notes=[],
        queries=dict.fromkeys(("moments", "pains", "opportunities"), evidence),
    )


@given(
    st.integers(1, 8),
    st.integers(1, 40),
    st.sampled_from([1, 999, 123_456_789]),
    st.sampled_from([None, -2.0, -0.004, 0.0, 1.9, 2.0]),
    st.sampled_from(["en", "fr"]),
)
@settings(max_examples=25)
def test_no_text_lies_on_another_or_outside(
    phases: int, types: int, count: int, mean: float | None, language: str
) -> None:
    """From 1 to 8 phases and 40 types, with long names and great numbers."""
    drawn, wide, high = boxes(a_map(phases, types, count, mean), language)  # type: ignore[arg-type]
    for box in drawn:
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= wide + 0.1, box
        assert box.bottom <= high
    rows: dict[int, list[int]] = {}
    for place, box in enumerate(drawn):
        for row in range(int(box.top // 50), int(box.bottom // 50) + 1):
            rows.setdefault(row, []).append(place)
    for places in rows.values():
        for one, other in combinations(places, 2):
            a, b = drawn[one], drawn[other]
            apart = (
                a.right <= b.left + 0.1
                or b.right <= a.left + 0.1
                or a.bottom <= b.top + 0.1
                or b.bottom <= a.top + 0.1
            )
            assert apart, (a, b)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("felt", [True, False])
@pytest.mark.parametrize("count", [1, 123_456_789])
def test_no_text_crosses_the_border_of_its_phase(
    language: str, count: int, *, felt: bool
) -> None:
    """Numbers and sentences of a column stay in it, between the heads and the legend."""
    found = a_map(6, 5, count, 0.5 if felt else None)
    if not felt:
        silent = msgspec.structs.replace(
            volume(count, None), observed=0, inferred=0, coverage=0.0
        )
        columns = [
            msgspec.structs.replace(one, stage=None, volume=silent)
            for one in found.columns
        ]
        found = msgspec.structs.replace(found, total=silent, columns=columns)
    drawn, wide, high = boxes(found, language)  # type: ignore[arg-type]
    left, step = 166, 216
    assert wide == left + 6 * step + 10
    for box in drawn:
        if box.left < left or box.top < 100 or box.bottom > high - 50:
            continue
        begins = left + (box.left - left) // step * step
        assert box.right <= begins + step - 10 + 0.1, box


def test_nothing_is_written_small_and_one_person_is_no_persons() -> None:
    """13 at least: eleven points of a screen of 1,280. One is told in the singular."""
    root = ET.fromstring(render(a_map(6, 5, 1, 0.5)))
    sizes = [float(one) for text in root.iter() if (one := text.get("font-size"))]
    assert min(sizes) >= 13
    told = {"".join(text.itertext()).strip() for text in root.iter()}
    assert told >= {"person", "touchpoint"}
    assert not told & {"persons", "touchpoints"}


def test_the_page_of_a_map_has_the_drawing_and_needs_nothing_else() -> None:
    """The same drawing as the file of it, above the table; no script, nothing fetched."""
    found = a_map(2, 3, 5, 0.5)
    page = as_html(found, "fr")
    assert render(found, "fr") in page
    assert page.index("</svg>") < page.index("<table>")
    assert "<script" not in page
    assert "src=" not in page
    assert "href=" not in page


def test_what_people_wrote_cannot_break_the_drawing() -> None:
    """Names with markup in them are texts, nothing else."""
    nasty = "\"><script>alert(1)</script>&'<"
    found = a_map(2, 3, 5, 0.5)
    scope = Scope(store=nasty)
    lanes = [
        Lane(nasty, volume(1, None), [
            Cell("phase_0", volume(1, None), [TypeVolume(nasty, volume(1, None), None)])
        ])
    ]  # fmt: skip
    changed = JourneyMap(
        scope, found.model, found.total, found.columns, lanes, [], None, [], {}
    )
    root = ET.fromstring(render(changed, "fr"))
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_characters_that_no_xml_may_hold_are_left_out() -> None:
    """A store id with a control character in it does not make the drawing unreadable."""
    found = a_map(1, 1, 5, 0.5)
    bad = "S\x00\x01\x1f\ufffe\uffff7"
    one = [TypeVolume(bad, volume(1, None), None)]
    lane = Lane(bad, volume(1, None), [Cell("phase_0", volume(1, None), one)])
    changed = msgspec.structs.replace(found, scope=Scope(store=bad), lanes=[lane])
    root = ET.fromstring(render(changed))
    assert "store S7" in "".join(root.itertext())


def test_one_phase_alone_fits_a_phone() -> None:
    """A drawing of one phase is narrow enough to be read on 360 points."""
    _, wide, _ = boxes(a_map(6, 9, 1234, 1.0), only=["phase_2"])
    assert wide <= 460


@pytest.mark.parametrize(
    "text", ["", "i", LONG, "\u00e9\u00e8\u202f1\u00a0234", "漢字"]
)
def test_a_fitted_text_fits(text: str) -> None:
    """A text is cut only where it has to be, and then it fits."""
    for room in (5.0, 50.0, 500.0):
        assert width(fitted(text, 12, room), 12) <= room
    assert fitted(text, 12, 10_000) == text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "No touchpoints here"), ("fr", "Aucun contact ici")],
)
def test_a_phase_without_touchpoints_is_not_called_empty(
    language: str, words: str
) -> None:
    """People enter it, so what lacks is named: touchpoints."""
    found = a_map(2, 3, 7, 0.5)
    found.columns[1] = msgspec.structs.replace(found.columns[1], volume=None)
    drawing = "".join(ET.fromstring(render(found, language)).itertext())  # type: ignore[arg-type]
    assert words in drawing


@pytest.mark.parametrize(("told", "judged"), [(29, False), (30, True)])
def test_an_emotion_that_few_tell_is_not_held_to_a_target(
    told: int, *, judged: bool
) -> None:
    """One bad review is not the mood of a phase."""
    found = a_map(1, 1, told, -1.0).plan
    assert found is not None
    assert ("mood" in [one.what for one in found.deviations]) == judged
