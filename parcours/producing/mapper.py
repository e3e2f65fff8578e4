"""A mapping applied to a file: groups its rows, picks a rule, builds touchpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain

import msgspec

from parcours.producing.columns import Columns
from parcours.producing.compile import Evaluate, compile_value
from parcours.producing.conditions import compile_condition
from parcours.producing.language import Mapping, MappingError, Node, Rule
from parcours.producing.table import Refused, Row, RowError, Table
from parcours.producing.values import text
from schemas.touchpoint import RawTouchpoint
from schemas.vocabulary import NAMESPACES, TYPES, canonical_type

IDENTIFIERS = (*NAMESPACES, "email", "phone")
# What a source writes as a number and means as a name.
_TEXT_FIELDS = frozenset(
    ("id", "source", "type", "order_id", "cart_id", "session_hint", "tenant", "channel")
)
_TEXT_PARTS = frozenset(("actor", "place", "campaign"))
_REQUIRED = ("id", "source", "type", "time")
_encode = msgspec.json.Encoder(decimal_format="number").encode
_check = msgspec.json.Decoder(RawTouchpoint).decode


@dataclass(frozen=True, slots=True)
class Made:
    """One touchpoint, encoded, and how many rows are in it."""

    value: bytes
    type: str
    rows: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows that a rule leaves out on purpose."""

    reason: str
    rows: int


Outcome = Made | Skipped | Refused
"""What became of some rows; every row of a file is in exactly one."""


@dataclass(frozen=True)
class _CompiledRule:
    holds: Callable[[Row], bool] | None
    skip: str | None
    fields: tuple[tuple[tuple[str, ...], Evaluate], ...]


class Mapper:
    """A mapping compiled for one file.

    Args:
        mapping: the mapping.
        table: the file.
        source: replaces the mapping's own `source`.

    Raises:
        MappingError: the mapping does not fit the file.
    """

    def __init__(self, mapping: Mapping, table: Table, source: str | None) -> None:
        self._table = table
        columns = Columns(table.columns, table.file)
        extra: dict[str, Node] = {"source": source} if source else {}
        self._rules = [
            _compile_rule(rule, mapping.set, extra, columns) for rule in mapping.rules
        ]
        self._group = [columns.reader(name, "group_by") for name in mapping.group_by]

    def outcomes(self) -> Iterator[Outcome]:
        """Map the whole file, in its order."""
        for found in self._grouped() if self._group else self._single():
            yield found if isinstance(found, Refused) else self._map(found)

    def _single(self) -> Iterator[list[Row] | Refused]:
        for row in self._table.rows:
            yield row if isinstance(row, Refused) else [row]

    def _grouped(self) -> Iterator[list[Row] | Refused]:
        """Rows that follow each other and have the group's columns in common."""
        ended: set[int] = set()
        group: list[Row] = []
        present: tuple[str, ...] | None = None
        for row in self._table.rows:
            if isinstance(row, Refused):
                yield row
                continue
            key = tuple(text(read(row)) for read in self._group)
            if key == present:
                group.append(row)
                continue
            if group:
                yield group
                ended.add(hash(present))
            group, present = [row], key
            if hash(key) in ended:
                # Its first part has been sent: this would be taken for a repetition.
                yield Refused(row.number, "the rows of its group are not together")
                group, present = [], None
        if group:
            yield group

    def _map(self, rows: list[Row]) -> Outcome:
        try:
            for rule in self._rules:
                if rule.holds is None or rule.holds(rows[0]):
                    if rule.skip:
                        return Skipped(rule.skip, len(rows))
                    return _build(rule, rows)
        except RowError as error:
            return Refused(rows[0].number, str(error), len(rows))
        return Refused(rows[0].number, "no rule fits", len(rows))


def _compile_rule(
    rule: Rule, shared: dict[str, Node], extra: dict[str, Node], columns: Columns
) -> _CompiledRule:
    holds = (
        None
        if rule.when is None
        else compile_condition(rule.when, columns, "rules.when")
    )
    if rule.skip is not None:
        return _CompiledRule(holds, rule.skip, ())
    nodes = shared | rule.set | extra
    absent = [name for name in _REQUIRED if name not in nodes]
    if absent:
        message = f"the mapping sets no {absent[0]}"
        raise MappingError(message)
    fields = []
    for name, node in nodes.items():
        path = tuple(name.split("."))
        _check_path(path, name)
        if name == "type" and isinstance(node, str):
            _check_type(node)
        evaluate = compile_value(node, columns, name)
        fields.append((path, _as_text(evaluate) if _is_text(path) else evaluate))
    return _CompiledRule(holds, None, tuple(fields))


def _check_path(path: tuple[str, ...], name: str) -> None:
    known = {
        field.encode_name: field.type for field in msgspec.structs.fields(RawTouchpoint)
    }
    if path[0] not in known or (path[0] == "properties" and len(path) == 1):
        message = (
            f"a touchpoint has no field {name}; other things go to properties.NAME"
        )
        raise MappingError(message)
    if path[0] == "actor" and path[1:] not in [(name,) for name in IDENTIFIERS]:
        message = f"{name}: an actor has {', '.join(IDENTIFIERS)}"
        raise MappingError(message)


def _check_type(name: str) -> None:
    """Refuse a type for which every touchpoint would become a dead letter."""
    if canonical_type(name) is None:
        near = get_close_matches(name, TYPES, 1)
        hint = f": did you mean {near[0]}?" if near else "; custom_ begins your own"
        message = f"type: {name} is not in the vocabulary{hint}"
        raise MappingError(message)


def _is_text(path: tuple[str, ...]) -> bool:
    return path[0] in _TEXT_PARTS or (len(path) == 1 and path[0] in _TEXT_FIELDS)


def _as_text(evaluate: Evaluate) -> Evaluate:
    def as_text(rows: list[Row]) -> object:
        value = evaluate(rows)
        return None if value is None else text(value)

    return as_text  # type: ignore[return-value]


def _build(rule: _CompiledRule, rows: list[Row]) -> Made:
    touchpoint: dict[str, object] = {}
    for path, evaluate in rule.fields:
        value = evaluate(rows)
        if value is not None:
            _put(touchpoint, path, value)
    for name in _REQUIRED:
        if name not in touchpoint:
            message = f"{name} is empty"
            raise RowError(message)
    if not touchpoint.get("actor"):
        message = "it names no identifier of an actor"
        raise RowError(message)
    try:
        value = _encode(touchpoint)
        _check(value)
    except UnicodeEncodeError:
        message = "it is not valid text in the file's encoding"
        raise RowError(message) from None
    except msgspec.ValidationError as error:
        raise RowError(str(error)) from None
    return Made(value, str(touchpoint["type"]), len(rows))


def _put(into: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        child = into.setdefault(part, {})
        if not isinstance(child, dict):
            message = f"{'.'.join(path)} lies inside a value"
            raise RowError(message)
        into = child
    into[path[-1]] = value


def identity_mapping(columns: tuple[str, ...], source: str | None = None) -> Mapping:
    """The mapping of a file whose columns have the names of the fields already.

    Args:
        columns: of the file.
        source: of all its touchpoints; None where a column tells it.

    Raises:
        MappingError: the columns are no fields, or some are missing.
    """
    required = [name for name in _REQUIRED if name != "source" or not source]
    missing = [name for name in required if name not in columns]
    if missing:
        raise MappingError(_unmapped(columns, missing))
    numbers = {"seq", "value_minor"}
    fields: dict[str, Node] = {}
    for name in columns:
        kind = "text"
        if name in numbers:
            kind = "integer"
        elif name.startswith("consent."):
            kind = "boolean"
        fields[name] = {"column": name, "as": kind}
    for name in ("time", "sent_at"):
        if name in fields:
            fields[name] = {"first_of": list(chain(_times(name)))}
    return Mapping(mapping=1, set=fields)


def _unmapped(columns: tuple[str, ...], missing: list[str]) -> str:
    first = columns[0] if columns else "COLUMN"
    return (
        f"no column of the file is named {', '.join(missing)}, as fields of a touchpoint "
        "are: say with --mapping FILE.yaml which column is what (docs/produce.md), as in\n\n"
        "mapping: 1\n"
        "set:\n"
        f"  id: {{column: {msgspec.json.encode(first).decode()}}}\n"
        "  source: my-shop\n"
        "  type: order_completed\n"
        "  time: {time: WHICH_COLUMN, format: rfc3339}\n"
        "  actor.customer_id: {column: WHICH_COLUMN}\n"
    )


def _times(name: str) -> Iterator[Node]:
    digits = {"column": name, "matches": r"\s*-?\d+\s*"}
    yield {"time": name, "format": "epoch_ms", "when": digits}
    yield {"time": name, "format": "rfc3339"}
