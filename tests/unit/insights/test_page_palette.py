"""The palette: every pair of colours that is used can be read (WCAG 2.2, AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path("insights/page/static")
TEXT, GRAPHIC = 4.5, 3.0
GROUNDS = ("bg", "panel", "raised")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "soft") for ground in (*GROUNDS, "bar")),
    *(
        (ink, ground, TEXT)
        for ink in ("accent", "observed", "inferred", "moment", "pain", "chance")
        for ground in ("bg", "panel")
    ),
    ("on-accent", "accent", TEXT),
    ("on-accent", "quiet", TEXT),
    *((mark, "panel", GRAPHIC) for mark in ("edge", "quiet", "good")),
    ("accent", "raised", GRAPHIC),
    ("good", "raised", GRAPHIC),
    ("quiet", "raised", GRAPHIC),
]


def palettes() -> dict[str, dict[str, str]]:
    """The colours by name, by light and in the dark."""
    text = (STATIC / "tokens.css").read_text("utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", text)
    return {
        "light": {name: light for name, light, _ in pairs},
        "dark": {name: dark for name, _, dark in pairs},
    }


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_right() -> None:
    """Black on white is 21; this grey on white is the well-known 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_pair_has_contrast_enough(name: str) -> None:
    """Text 4.5 to 1, marks and edges of fields 3 to 1, in both lights."""
    colours = palettes()[name]
    for one, other, least in PAIRS:
        reached = contrast(colours[one], colours[other])
        assert reached >= least, f"{name}: {one} on {other}: {reached:.2f}"


def test_each_colour_is_written_once() -> None:
    """A light and a dark one on one line, so that neither can be forgotten."""
    text = (STATIC / "tokens.css").read_text("utf-8")
    names = re.findall(r"--([\w-]+):", text)
    assert len(names) == len(set(names)) == len(palettes()["dark"]) > 0


def test_colours_come_from_the_palette_alone() -> None:
    """No other style sheet names a colour, but for shadows."""
    for sheet in ("map.css", "page.css", "graphics.css"):
        text = (STATIC / sheet).read_text("utf-8")
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", text)
        used = set(re.findall(r"var\(--([\w-]+)\)", text))
        assert used <= palettes()["light"].keys()


def test_the_page_asks_nobody_else() -> None:
    """No file names another origin, and none runs inline."""
    for file in STATIC.iterdir():
        text = file.read_text("utf-8")
        others = set(re.findall(r"https?://[^\s\"'`]+", text))
        assert others <= {"http://www.w3.org/2000/svg"}, file
    page = (STATIC / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)
