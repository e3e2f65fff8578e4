"""How deep JSON nests: a bound that does not depend on the interpreter's stack."""

import re
from typing import Final

MAX_DEPTH: Final = 128
"""Levels of objects and arrays that are accepted."""

# An unfinished string ends with the text: trying again at each of its escaped quotes
# would take quadratic time.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKET: Final = re.compile(r"[^\[\]{}]++")
_SQUARE: Final = str.maketrans("{}", "[]")


def too_deep(text: str) -> bool:
    """Whether a JSON text nests deeper than `MAX_DEPTH`; also asked of broken JSON.

    The parser's own limit is what the stack has left, which would make the same
    record pass or fail depending on who asks.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    # Brackets inside strings can only make the first guess too high.
    return _depth(text) > MAX_DEPTH and _depth(_STRING.sub("", text)) > MAX_DEPTH


def _depth(text: str) -> int:
    """Upper bound of the nesting: each round removes the innermost pairs."""
    brackets = _NOT_BRACKET.sub("", text).translate(_SQUARE)
    for rounds in range(MAX_DEPTH + 1):
        shrunk = brackets.replace("[]", "")
        if len(shrunk) == len(brackets):
            return rounds + shrunk.count("[")
        brackets = shrunk
    return MAX_DEPTH + 1
