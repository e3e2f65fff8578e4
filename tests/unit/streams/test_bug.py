"""What a dead letter tells of an error of ours."""

import json
import re

from schemas.failure import bug
from streams.seal import Sealer, SealError


def test_the_lines_of_an_error_are_ours_however_deep_it_came_from() -> None:
    """A library's frames say nothing of what to repair; ours say in which package."""

    class Odd(dict):  # type: ignore[type-arg]
        def __iter__(self) -> object:  # type: ignore[override]
            return Sealer("a secret of sixteen").open(
                b"", log="", topic="", partition=0, offset=0
            )

        def items(self) -> object:  # type: ignore[override]
            return self.__iter__()

    try:
        json.dumps([[[[Odd(a=1)]]]], indent=1)
    except SealError as error:
        told = bug(error, "a test").detail
    assert re.fullmatch(r"SealError in a test \(streams/seal\.py:\d+\)", told)


def test_an_error_outside_of_our_lines_is_told_as_that() -> None:
    """Tests and libraries are none of them."""
    try:
        json.loads("{")
    except ValueError as error:
        told = bug(error, "a test").detail
    assert told == "JSONDecodeError in a test (no line of ours)"
