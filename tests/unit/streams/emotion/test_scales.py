"""Every scale, at its ends, in between, and off it."""

import pytest

from streams.emotion.scales import from_nps, from_range, from_sentiment, number


@pytest.mark.parametrize(
    ("score", "emotion"),
    [
        (0, -2),
        (1, -2),
        (2, -2),
        (3, -1.5),
        (4, -1.5),
        (5, -1),
        (6, -1),
        (7, 0),
        (8, 0.5),
        (9, 1.5),
        (10, 2),
    ],
)
def test_nps(score: int, emotion: float) -> None:
    """Detractors are below zero, passives about it, promoters above, as documented."""
    assert from_nps(score, None) == (emotion, "nps")
    assert from_nps(score, "0-10") == from_nps(str(score), 10) == (emotion, "nps")


@pytest.mark.parametrize("score", [-1, 11, 9.5, True, "ten", None, [9], 10**400, ""])
def test_nps_off_its_scale(score: object) -> None:
    """An answer that the question does not offer gives no emotion."""
    assert from_nps(score, None) is None


def test_nps_on_another_scale_is_none() -> None:
    """A nine out of a hundred is no promoter."""
    assert from_nps(9, "0-100") is None
    assert from_nps(5, "1-5") is None


@pytest.mark.parametrize(("score", "emotion"), [(1, -2), (2, -1), (3, 0), (5, 2)])
def test_csat_and_stars(score: int, emotion: float) -> None:
    """One to five: the middle is neutral, each step is one."""
    assert from_range("csat", score, None) == (emotion, "csat")
    assert from_range("stars", score, None) == (emotion, "stars")


@pytest.mark.parametrize(
    ("score", "emotion"), [(1, -2), (4, 0), (5, 0.67), (5.5, 1), (7, 2)]
)
def test_ces(score: float, emotion: float) -> None:
    """One to seven, seven being easy: (x - 4) / 1.5."""
    assert from_range("ces", score, None) == (emotion, "ces")


def test_half_a_star_counts() -> None:
    """Shops round to halves, and some write a decimal comma."""
    assert from_range("stars", 4.5, None) == (1.5, "stars")
    assert from_range("stars", "4,5", None) == (1.5, "stars")


@pytest.mark.parametrize(
    ("score", "scale", "expected"),
    [
        (10, "0-10", (2.0, "csat:0-10")),
        (5, "0-10", (0.0, "csat:0-10")),
        (5, 5, (2.0, "csat")),
        (3, "1-5", (0.0, "csat")),
        (10, 10, (2.0, "csat:1-10")),
        (75, 100, (1.0, "csat:0-100")),
        (4, " 1 .. 7 ", (0.0, "csat:1-7")),
        (4, "1 - 7", (0.0, "csat:1-7")),
    ],
)
def test_another_scale_is_laid_over_the_same_range(
    score: int, scale: object, expected: tuple[float, str]
) -> None:
    """The ends are the ends; the evidence names a scale that is not the usual one."""
    assert from_range("csat", score, scale) == expected


@pytest.mark.parametrize(
    "scale", ["five", "5-1", "0-9999", 8, {}, [], True, 4.5, "1-1"]
)
def test_a_scale_that_is_not_known_gives_nothing(scale: object) -> None:
    """To guess what a three means would be worse than to know nothing."""
    assert from_range("csat", 3, scale) is None


@pytest.mark.parametrize("score", [0, 5.1, -3, "5/5", None, False, {}])
def test_off_the_scale(score: object) -> None:
    """No star at all is not one star."""
    assert from_range("stars", score, None) is None


@pytest.mark.parametrize(
    ("given", "emotion"),
    [(-1, -2), (0, 0), (0.25, 0.5), (1, 2), ("Negative", -1), ("neutral", 0)],
)
def test_sentiment(given: object, emotion: float) -> None:
    """Twice the sentiment; a name without a number is half of the way."""
    assert from_sentiment(given) == (emotion, "mention")


@pytest.mark.parametrize("given", [1.01, -2, "angry", None, True, []])
def test_no_sentiment(given: object) -> None:
    """Another tool's scale is not guessed at."""
    assert from_sentiment(given) is None


def test_numbers_of_any_size() -> None:
    """No integer of a source makes the conversion fail."""
    assert number(10**5_000) is None
    assert number("9" * 500) is None
    assert number("٣") is None
