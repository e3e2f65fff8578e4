"""What the structs say of themselves: their fields, and the words for each."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import cleandoc
from typing import Final

from msgspec import Struct, inspect

_ATTRIBUTE: Final = re.compile(r"^    (\w+(?:, \w+)*): ")
_HEADING: Final = "\nAttributes:\n"


@dataclass(frozen=True, slots=True)
class Described:
    """A struct as its docstring and its declaration have it.

    Attributes:
        summary: the docstring without its list of attributes.
        attributes: field → what the docstring says of it.
        fields: names on the wire, in the order of the declaration.
        as_array: encoded as an array, so that the order is the wire format.
    """

    summary: str
    attributes: dict[str, str]
    fields: tuple[str, ...]
    as_array: bool


def described(records: Iterable[type[Struct]]) -> dict[str, Described]:
    """Every struct that these records are made of, by the name of its type."""
    found: dict[str, Described] = {}
    for record in records:
        _collect(inspect.type_info(record), found)
    return found


def summary_of(record: type[Struct]) -> str:
    """What a record is, in its docstring's words."""
    return _read(record)[0]


def _collect(info: inspect.Type, found: dict[str, Described]) -> None:
    if isinstance(info, inspect.Metadata):
        _collect(info.type, found)
    elif isinstance(info, inspect.UnionType):
        _collect_all(info.types, found)
    elif isinstance(info, inspect.TupleType):
        _collect_all(info.item_types, found)
    elif isinstance(info, inspect.DictType):
        _collect_all((info.key_type, info.value_type), found)
    elif isinstance(info, inspect.CollectionType):
        _collect(info.item_type, found)
    elif isinstance(info, inspect.StructType) and info.cls.__name__ not in found:
        summary, attributes = _read(info.cls)
        names = tuple(field.encode_name for field in info.fields)
        found[info.cls.__name__] = Described(
            summary, attributes, names, info.array_like
        )
        _collect_all((field.type for field in info.fields), found)


def _collect_all(infos: Iterable[inspect.Type], found: dict[str, Described]) -> None:
    for info in infos:
        _collect(info, found)


def _read(record: type[Struct]) -> tuple[str, dict[str, str]]:
    """Summary and attributes of a docstring in Google's style."""
    summary, _, listed = cleandoc(record.__doc__ or "").partition(_HEADING)
    words: dict[str, str] = {}
    names: list[str] = []
    for line in listed.splitlines():
        if begun := _ATTRIBUTE.match(line):
            names = begun[1].split(", ")
            line = line[begun.end() :]  # noqa: PLW2901 what is left of it
        for name in names:
            words[name] = f"{words.get(name, '')} {line.strip()}".strip()
    return summary.strip(), words
