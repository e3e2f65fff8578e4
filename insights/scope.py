"""What part of the data an answer is about: tenant, time, channel, store, persona."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from msgspec import Struct

from insights.asker import QuestionError, question
from insights.conditions import Values
from insights.sentences import say
from insights.times import END_OF_TIME_MS, instant_ms, zone_of
from schemas.tables import TOUCHPOINTS

PERSON: Final = "if(redirects.person != '', redirects.person, touchpoints.person_id)"
"""Under whose name a touchpoint counts, where `redirected.sql` is joined."""

ORIGINAL: Final = (
    "cityHash64(person_key, source, id) NOT IN (SELECT row_key FROM copied_touchpoints)"
)
"""Which rows count: not what another name of the person has as well, sent again."""

EVERYBODY: Final = "all"
"""A persona that is none: no restriction."""

Personas = Callable[[Values], str]
"""Gives the query for the ids of the persons of a scope's persona, its values bound."""

_COLUMNS: Final = frozenset(name for name, _ in TOUCHPOINTS.columns)


def persona_named(name: str) -> str:
    """The persona that a name means; empty where it means everybody."""
    return "" if name == EVERYBODY else name


class ScopeError(QuestionError):
    """A scope that makes no sense."""


class Scope(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A part of the data; JSON and YAML have the same names (`from` for `from_`).

    Attributes:
        from_: first moment: RFC 3339, a date (its midnight in
            `timezone`) or epoch milliseconds.
        to: first moment that is out.
        timezone: where days begin, an IANA name.
        channel: only touchpoints of this channel; all where empty.
        store: only touchpoints of this store.
        persona: only persons of this persona.
        model: the journey model whose phases are meant.
    """

    tenant: str = "default"
    from_: str | int | None = msgspec.field(default=None, name="from")
    to: str | int | None = None
    timezone: str = "UTC"
    channel: str = ""
    store: str = ""
    persona: str = ""
    model: str = "default"

    def range_ms(self) -> tuple[int, int]:
        """Begin and end (exclusive) in epoch milliseconds.

        Raises:
            QuestionError: not moments, no time zone, or an empty range.
        """
        zone_of(self.timezone)
        begin = instant_ms(self.from_, self.timezone)
        end = instant_ms(self.to, self.timezone)
        first = max(0, begin or 0)
        last = END_OF_TIME_MS if end is None else min(end, END_OF_TIME_MS)
        if first >= last:
            raise ScopeError(say("empty_range"))
        return first, last


def known_at(scope: Scope, as_of: int) -> Scope:
    """What of a scope had happened at a moment.

    Args:
        scope: which part of the data.
        as_of: what happened later is unknown, epoch milliseconds.

    Raises:
        QuestionError: the scope makes no sense.
    """
    first, end = scope.range_ms()
    until = min(end, max(as_of, 0) + 1)
    if until <= first:
        # Nothing of the range is known yet.
        return msgspec.structs.replace(scope, from_=0, to=1)
    return msgspec.structs.replace(scope, to=until)


def persons_of(scope: Scope, values: Values, personas: Personas | None) -> str:
    """The query for the ids of the persons of a scope's persona; empty without one.

    Args:
        scope: which part of the data.
        values: takes up the values.
        personas: knows the personas.

    Raises:
        QuestionError: there is no such persona, or nobody here who knows any.
    """
    if not scope.persona:
        return ""
    if personas is None:
        raise ScopeError(say("no_personas"))
    return personas(values)


def touchpoints_of(
    scope: Scope,
    columns: Iterable[str],
    values: Values,
    personas: str = "",
    *,
    only: str = "",
) -> str:
    """The touchpoints of a scope as a subquery, without what bots and proxies did.

    Its columns are those asked for and `person`: under whose name the touchpoint
    counts, now, whatever identifier it was addressed to. It binds `{tenant:String}`,
    which whoever uses it has to give.

    Args:
        scope: which part of the data.
        columns: of the table `touchpoints`.
        values: takes up the values.
        personas: SQL of a query for the ids of the persons that count, where the scope
            names a persona.
        only: SQL of one more condition, in the columns of the table.

    Raises:
        QuestionError: the scope makes no sense.
    """
    wanted = list(columns)
    if unknown := sorted(set(wanted) - _COLUMNS):
        message = f"no column {', '.join(unknown)}"
        raise ScopeError(message)
    first, last = scope.range_ms()
    conditions = [
        "tenant = {tenant:String}",
        f"occurred_at >= fromUnixTimestamp64Milli({values.bind(first, 'Int64')}, 'UTC')",
        f"occurred_at < fromUnixTimestamp64Milli({values.bind(last, 'Int64')}, 'UTC')",
        "NOT bot",
        "NOT machine",
        ORIGINAL,
    ]
    if only:
        conditions.append(only)
    if scope.channel:
        conditions.append(f"channel = {values.bind(scope.channel, 'String')}")
    if scope.store:
        conditions.append(f"store_id = {values.bind(scope.store, 'String')}")
    if scope.persona:
        if not personas:
            raise ScopeError(say("no_personas"))
        conditions.append(f"person IN ({personas})")
    return (
        f"SELECT {', '.join([*wanted, f'{PERSON} AS person'])}\n"
        f"FROM touchpoints FINAL\n{question('redirected')}\n"
        f"WHERE {' AND '.join(conditions)}"
    )
