"""Whether those who rely on a topic can go on as they are, told from two of its schemas.

One rule has two directions. Who reads a topic knows the old schema: every record that
the new one allows must be one of the old. Who writes it does too: every record that the
old one allows must be one of the new. Beyond that, nothing that was there may go, and
what a field means when it is missing may not change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from parcours.contracts.alternatives import PLAIN, alternatives, covers, words_for
from parcours.contracts.json_schema import KAFKA, PRIVATE, Json

_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SAME: Final = ("pattern", "format", "multipleOf")


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that somebody who relies on a topic cannot go on with.

    Attributes:
        topic: name of the topic.
        field: path of the field; empty for the topic itself.
        why: what changed, and what that means.
    """

    topic: str
    field: str
    why: str

    def __str__(self) -> str:
        """One line for a person."""
        where = f"{self.topic}, {self.field}" if self.field else self.topic
        return f"{where}: {self.why}"


def breaks_between(old: Json, new: Json | None) -> list[Break]:
    """What breaks from one schema of a topic to the next.

    Args:
        old: as released.
        new: as it is now; None where the topic is no longer declared.
    """
    topic = str(old["$id"])
    was = cast("Json", old[KAFKA])
    if new is None:
        return [Break(topic, "", "removed; who relies on it is left without")]
    is_ = cast("Json", new[KAFKA])
    if is_["internal"]:
        return [Break(topic, "", "is internal now; who relies on it is left without")]
    found = [Break(topic, "", why) for why in _promises(was, is_)]
    comparison = _Comparison(old, new, inbound=was["direction"] == "in")
    return found + [
        Break(topic, field.removeprefix("."), why)
        for field, why in comparison.values(old, new, "")
    ]


def _promises(was: Json, is_: Json) -> Iterator[str]:
    for name, meaning in (
        ("direction", "writers and readers change sides"),
        ("key", "records move to other partitions and replace others than before"),
        ("cleanup.policy", "other records are there to be read than before"),
    ):
        if was[name] != is_[name]:
            yield f"{name} changed from {was[name]!r} to {is_[name]!r}; {meaning}"
    kept, keeps = was["retention.ms"], is_["retention.ms"]
    shorter = isinstance(kept, int) and isinstance(keeps, int) and keeps < kept
    if shorter and was["direction"] == "out":
        yield f"retention.ms shortened from {kept} to {keeps}; slow readers lose records"


Found = Iterator[tuple[str, str]]
"""Path of a field, and why it breaks."""


class _Comparison:
    """Two schemas of one topic.

    Args:
        old, new: whole schemas.
        inbound: others write the topic; else they read it.
    """

    def __init__(self, old: Json, new: Json, *, inbound: bool) -> None:
        self._old = cast("Mapping[str, Json]", old["definitions"])
        self._new = cast("Mapping[str, Json]", new["definitions"])
        self._inbound = inbound
        self._met = (
            "records that were valid would be refused"
            if inbound
            else "readers would meet what they did not meet before"
        )
        self._open: set[tuple[object, object]] = set()

    def values(self, old: Json, new: Json, path: str) -> Found:
        """Compare two schemas of a value."""
        pair = (old.get("$ref"), new.get("$ref"))
        if None not in pair:
            if pair in self._open:
                return
            self._open.add(pair)
        olds, news = alternatives(old, self._old), alternatives(new, self._new)
        narrow, wide = (olds, news) if self._inbound else (news, olds)
        for one in narrow:
            yield from self._one_of(one, wide, (olds, news), path)
        self._open.discard(pair)

    def _one_of(
        self,
        one: Json,
        wide: list[Json],
        both: tuple[list[Json], list[Json]],
        path: str,
    ) -> Found:
        """Whether every value of this alternative is a value of one of the others."""
        best: list[tuple[str, str]] | None = None
        for other in wide:
            if covers(other, one):
                old, new = (one, other) if self._inbound else (other, one)
                found = list(self._kind(old, new, path))
                if best is None or len(found) < len(best):
                    best = found
        if best is None:
            was, is_ = words_for(both[0]), words_for(both[1])
            yield path, f"type changed from {was} to {is_}; {self._met}"
        else:
            yield from best

    def _kind(self, old: Json, new: Json, path: str) -> Found:
        """Compare two alternatives of one type."""
        wide = new if self._inbound else old
        if not wide.keys() - PLAIN:
            return
        yield from ((path, why) for why in self._limits(old, new))
        if "properties" in wide:
            yield from self._fields(old, new, path)
        elif wide.get("type") == "object":
            rest = [node.get("additionalProperties", {}) for node in (old, new)]
            was, is_ = (cast("Json", {} if r is True else r) for r in rest)
            yield from self.values(was, is_, f"{path}.*")
        elif isinstance(wide.get("items"), list):
            yield from self._positions(old, new, path)
        elif wide.get("type") == "array" and "items" in wide:
            was, is_ = (cast("Json", n.get("items", {})) for n in (old, new))
            yield from self.values(was, is_, f"{path}[]")

    def _limits(self, old: Json, new: Json) -> Iterator[str]:
        narrow, wide = (old, new) if self._inbound else (new, old)
        for name in (*_LEAST, *_MOST, *_SAME):
            if name not in wide:
                continue
            within, limit = narrow.get(name), wide[name]
            if within is None or not _within(name, within, limit):
                was, is_ = old.get(name, "none"), new.get(name, "none")
                yield f"{name} changed from {was} to {is_}; {self._met}"
        if old.get("contentEncoding") != new.get("contentEncoding"):
            yield "contentEncoding changed; its text means something else"
        if "enum" in wide:
            allowed = cast("list[object]", wide["enum"])
            values = cast("list[object] | None", narrow.get("enum"))
            if values is None or not all(value in allowed for value in values):
                was, is_ = old.get("enum", "anything"), new.get("enum", "anything")
                yield f"allowed values changed from {was} to {is_}; {self._met}"

    def _fields(self, old: Json, new: Json, path: str) -> Found:
        was = cast("Mapping[str, Json]", old.get("properties", {}))
        is_ = cast("Mapping[str, Json]", new.get("properties", {}))
        needed_then = cast("list[str]", old.get("required", []))
        needed_now = cast("list[str]", new.get("required", []))
        for name, before in was.items():
            at = f"{path}.{name}"
            if PRIVATE in before:
                continue
            now = is_.get(name)
            if now is None:
                yield at, "removed; who relies on it is left without"
            elif PRIVATE in now:
                yield at, "is bookkeeping now; who relies on it is left without"
            else:
                needed = name in needed_then, name in needed_now
                yield from self._presence(at, needed, before, now)
                yield from self.values(before, now, at)
        if self._inbound:
            for name in is_.keys() - was.keys():
                if name in needed_now:
                    yield f"{path}.{name}", f"added as required; {self._met}"
            if (
                new.get("additionalProperties")
                is False
                is not old.get("additionalProperties")
            ):
                yield path, f"unknown fields are forbidden now; {self._met}"

    def _presence(
        self, at: str, needed: tuple[bool, bool], before: Json, after: Json
    ) -> Found:
        """Whether a field may be missing, and what that means; needed: then and now."""
        if self._inbound and needed == (False, True):
            yield at, f"became required; {self._met}"
        elif not self._inbound and needed == (True, False):
            yield at, "became optional; readers that always found it may not"
        elif not any(needed) and before.get("default") != after.get("default"):
            was, is_ = before.get("default"), after.get("default")
            meaning = "where it is missing it means something else"
            yield at, f"default changed from {was!r} to {is_!r}; {meaning}"

    def _positions(self, old: Json, new: Json, path: str) -> Found:
        was, is_ = cast("list[Json]", old["items"]), cast("list[Json]", new["items"])
        for place, before in enumerate(was):
            at = f"{path}[{place}]"
            if place >= len(is_):
                yield at, "removed; who relies on it is left without"
            elif before.get("title") != is_[place].get("title"):
                names = before.get("title"), is_[place].get("title")
                yield at, f"was {names[0]} and is {names[1]}; it means something else"
            else:
                yield from self.values(before, is_[place], at)


def _within(name: str, value: object, limit: object) -> bool:
    if name in _SAME:
        return value == limit
    number, bound = cast("float", value), cast("float", limit)
    return number >= bound if name in _LEAST else number <= bound
