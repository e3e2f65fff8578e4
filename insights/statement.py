"""The guard of `parcours sql`: one statement, and one that only reads.

The engine's own read-only mode is the lock; this guard is what explains, before
anything is sent, why a statement would not pass it. It matters most for the embedded
engine, which would run several statements at once.
"""

import re
from itertools import pairwise
from typing import Final

from msgspec import MsgspecError, json

from insights.asker import QuestionError

READING: Final = ("SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS")

_TOKEN: Final = re.compile(
    r"""
      (?P<blank>\s+|--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)
    | (?P<quoted>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.|``)*`)
    | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<open>['"`]|/\*)
    | (?P<end>;)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


_VALUES: Final = re.compile(r"\s*-- values: (?P<values>[^\n]*)")


class StatementError(QuestionError):
    """Not exactly one statement that only reads."""


def values_of(sql: str) -> dict[str, object]:
    """The values that a statement brings along in its first line, as the page copies it.

    Args:
        sql: a statement, perhaps behind `-- values: {"name": value, …}`.

    Raises:
        StatementError: what stands there is no JSON object of values.
    """
    found = _VALUES.match(sql)
    if found is None:
        return {}
    try:
        return json.decode(found["values"], type=dict[str, object])
    except MsgspecError:
        message = 'the first line must be `-- values: {"name": value, …}`, in JSON'
        raise StatementError(message) from None


def check(sql: str) -> str:
    """The one read-only statement in a text.

    Args:
        sql: what a person typed; one `;` at its end is forgiven.

    Returns:
        The statement, without that `;`.

    Raises:
        StatementError: there is none, there are several, a quote or comment is not
            closed, or it is not one that reads.
    """
    words: list[str] = []
    ended_at: int | None = None
    for token in _TOKEN.finditer(sql):
        kind = token.lastgroup
        if kind == "open":
            message = f"the {token[0]} at character {token.start() + 1} is never closed"
            raise StatementError(message)
        if kind == "blank":
            continue
        if ended_at is not None and kind != "end":
            message = (
                f"the ; at character {ended_at + 1} ends a statement and more follows; "
                "ask one statement at a time"
            )
            raise StatementError(message)
        if kind == "end" and ended_at is None:
            ended_at = token.start()
        elif kind == "word":
            words.append(token[0].upper())
        elif kind != "end" and token[0] != "(" and not words:
            words.append("")  # a statement begins with a word
    _check_words(words)
    return sql[:ended_at].strip()


def _check_words(words: list[str]) -> None:
    if not words:
        message = "there is no statement to run"
        raise StatementError(message)
    if words[0] not in READING:
        message = (
            f"{words[0] or 'this'} does not begin a statement that only reads; "
            f"allowed are {', '.join(READING)}"
        )
        raise StatementError(message)
    for first, second in pairwise(words):
        if (first, second) == ("INTO", "OUTFILE"):
            message = "INTO OUTFILE writes a file; redirect the output instead"
            raise StatementError(message)
