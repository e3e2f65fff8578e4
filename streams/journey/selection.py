"""Filtered counters: which of them a touchpoint feeds, found once, when it is lifted."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec

from streams.journey.model_spec import ANY, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.journey.record import Seen

Json = dict[str, object]
_decode: Final = msgspec.json.Decoder(dict[str, object]).decode


@dataclass(frozen=True, slots=True)
class Words:
    """Values of which one must fit: whole, or by how it begins."""

    whole: frozenset[tuple[str, object]]
    begin: tuple[str, ...]

    def fit(self, value: object) -> bool:
        """Whether a text, number or truth value is among them."""
        if isinstance(value, str) and self.begin and value.startswith(self.begin):
            return True
        return _word(value) in self.whole


@dataclass(frozen=True, slots=True)
class Filter:
    """A `where`, compiled."""

    fields: tuple[tuple[str, Words], ...]
    properties: tuple[tuple[tuple[str, ...], Words], ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """A set of touchpoints: types and filters; its name is derived from both."""

    name: str
    types: frozenset[str]
    filters: tuple[Filter, ...]


def selector(types: Iterable[str], wheres: Iterable[Where | None]) -> Selector:
    """The selector of these types and filters, the same in any model.

    Its name is short, since states carry it: the type alone where that says all.
    """
    kept = [where for where in wheres if where is not None]
    named = sorted(set(types))
    if ANY in named:
        named = [ANY]
    if len(named) == 1 and not kept:
        return Selector(named[0], frozenset(named), ())
    said = msgspec.json.encode((named, sorted(map(_canonical, kept))))
    name = "#" + blake2b(said, digest_size=5).hexdigest()
    return Selector(name, frozenset(named), tuple(map(_filter, kept)))


class Selection:
    """All filtered selectors of the models, by the types that they look at.

    Args:
        selectors: those that have filters.
    """

    __slots__ = ("_any", "_by_type")

    def __init__(self, selectors: Iterable[Selector]) -> None:
        everything = sorted(set(selectors), key=lambda one: one.name)
        self._any = tuple(one for one in everything if ANY in one.types)
        types = set().union(*(one.types for one in everything)) - {ANY}
        self._by_type: Mapping[str, tuple[Selector, ...]] = {
            type_: tuple(one for one in everything if one.types & {type_, ANY})
            for type_ in types
        }

    def of(self, seen: Seen) -> tuple[str, ...]:
        """Names of the selectors that a touchpoint belongs to; mostly none."""
        candidates = self._by_type.get(seen.type, self._any)
        if not candidates:
            return ()
        properties: Json | None = None
        found = []
        for one in candidates:
            if not all(_fields_fit(part, seen) for part in one.filters):
                continue
            if any(part.properties for part in one.filters):
                if properties is None:
                    properties = _properties(seen)
                if not all(_properties_fit(p, properties) for p in one.filters):
                    continue
            found.append(one.name)
        return tuple(found)


def _properties(seen: Seen) -> Json:
    if not seen.properties:
        return {}
    try:
        return _decode(seen.properties)
    except msgspec.MsgspecError:
        # A number that no reader can hold: then nothing is said of any of them.
        return {}


def _fields_fit(part: Filter, seen: Seen) -> bool:
    return all(words.fit(_field(seen, name)) for name, words in part.fields)


def _field(seen: Seen, name: str) -> str:
    if name == "store_id":
        return seen.place.store_id if seen.place is not None else ""
    if name == "campaign":
        campaign = seen.campaign
        return (campaign.name or campaign.id) if campaign is not None else ""
    return seen.channel if name == "channel" else seen.source


def _properties_fit(part: Filter, properties: Json) -> bool:
    return all(_path_fits(properties, path, words) for path, words in part.properties)


def _path_fits(value: object, path: tuple[str, ...], words: Words) -> bool:
    if isinstance(value, list):
        return any(_path_fits(one, path, words) for one in value)
    if not path:
        return words.fit(value)
    return isinstance(value, dict) and _path_fits(value.get(path[0]), path[1:], words)


def _filter(where: Where) -> Filter:
    named = (
        ("source", where.source),
        ("channel", where.channel),
        ("store_id", where.store_id),
        ("campaign", where.campaign),
    )
    return Filter(
        tuple((name, _words(values)) for name, values in named if values),
        tuple(
            (tuple(path.split(".")), _words(values))
            for path, values in sorted(where.properties.items())
        ),
    )


def _words(values: object) -> Words:
    several = values if isinstance(values, tuple) else (values,)
    begin = [v[:-1] for v in several if isinstance(v, str) and v.endswith("*")]
    whole = [v for v in several if not (isinstance(v, str) and v.endswith("*"))]
    return Words(frozenset(map(_word, whole)), tuple(begin))


def _word(value: object) -> tuple[str, object]:
    """A value with its kind: `true` is not 1, and 1 is 1.0."""
    if isinstance(value, bool | str):
        return type(value).__name__, value
    if isinstance(value, int | float):
        try:
            return "number", float(value)
        except OverflowError:
            # Longer than any float: it fits no value of a model.
            return "number", value
    return "", None


def _canonical(where: Where) -> bytes:
    """The same bytes for the same filter, however it was written."""
    part = _filter(where)
    said = [
        (path, sorted(map(str, words.whole)), sorted(words.begin))
        for path, words in (*part.fields, *part.properties)
    ]
    return msgspec.json.encode(said)
