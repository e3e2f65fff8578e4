"""What a question that finds nothing may have got wrong: names that are nowhere."""

from collections.abc import Iterable
from difflib import get_close_matches
from string import Template
from typing import Final, Protocol, runtime_checkable

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.funnels.spec import ANY_TYPE
from insights.scope import Scope
from insights.sentences import Sentence, say
from schemas.vocabulary import CUSTOM_PREFIX, TYPES

NEAREST: Final = 3
"""How many names that there are a sentence tells."""

_OF_ALL_TIMES: Final = frozenset(
    {"nothing_yet", "absent_type", "absent_channel", "absent_store"}
)
"""Codes of what is said of all that is stored, whenever it was."""


@runtime_checkable
class _Noted(Protocol):
    """An answer with notes."""

    notes: list[Sentence]


class _Name(Struct):
    name: str


def unknown_types(types: Iterable[str]) -> list[Sentence]:
    """A sentence for every type that the vocabulary does not know: likely a slip.

    Args:
        types: as they were asked for, canonical where they can be.
    """
    notes = []
    for name in dict.fromkeys(types):
        if name in TYPES or name == ANY_TYPE or name.startswith(CUSTOM_PREFIX):
            continue
        near = get_close_matches(name, TYPES, 1)
        if near:
            notes.append(say("unknown_type_near", type=name, near=near[0]))
        else:
            notes.append(say("unknown_type", type=name))
    return notes


def hints(
    asker: Asker, scope: Scope, types: Iterable[str] = (), *, found: bool
) -> list[Sentence]:
    """What may be wrong with a question, in sentences.

    Args:
        asker: whom to ask; only where the question found nothing.
        scope: the question's; its tenant, channel and store are looked for.
        types: touchpoint types that it names.
        found: it found something for all that it names.
    """
    names = [name for name in dict.fromkeys(types) if name != ANY_TYPE]
    notes = unknown_types(names)
    if found:
        return notes
    stored = _stored(asker, scope.tenant, "type")
    if not stored:
        return [say("nothing_yet", tenant=scope.tenant)]
    known = [name for name in names if name in TYPES or name.startswith(CUSTOM_PREFIX)]
    notes += [
        say("absent_type", name=name, near=_nearest(name, stored))
        for name in known
        if name not in stored
    ]
    if channel := scope.channel:
        channels = _stored(asker, scope.tenant, "channel")
        if channel not in channels:
            near = _nearest(channel, channels)
            notes.append(say("absent_channel", name=channel, near=near))
    if store := scope.store:
        stores = _stored(asker, scope.tenant, "store_id")
        if store not in stores:
            notes.append(say("absent_store", name=store, near=_nearest(store, stores)))
    return notes


def speaks_of_all_times(answer: object) -> bool:
    """Whether an answer says that a name is nowhere, whatever period it is about."""
    return isinstance(answer, _Noted) and any(
        note.code in _OF_ALL_TIMES for note in answer.notes
    )


def _stored(asker: Asker, tenant: str, column: str) -> list[str]:
    text = Template(question("stored")).substitute(column=column)
    return [row.name for row in ask_all(asker, text, {"tenant": tenant}, _Name)]


def _nearest(name: str, there: list[str]) -> str:
    near = get_close_matches(name, [one for one in there if one], NEAREST, cutoff=0.0)
    return ", ".join(near) or "-"
