"""The mapping language: what it makes of rows, and what it refuses."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from parcours.producing.feed import Feed
from parcours.producing.language import Mapping, MappingError
from parcours.producing.mapper import Made, Mapper, Outcome, Skipped, identity_mapping
from parcours.producing.sending import Tally
from parcours.producing.table import Refused, Row, Table

BASE = """
mapping: 1
set:
  id: {column: id}
  source: shop
  type: order_completed
  time: {time: at}
  actor.customer_id: {column: who}
"""
COLUMNS = ("id", "at", "who", "price", "count")
GOOD = ("1", "2024-01-01T00:00:00Z", "c1", "1.50", "2")


def mapping_of(text: str) -> Mapping:
    return msgspec.convert(yaml.safe_load(text), Mapping)


def run(
    text: str,
    *rows: Iterable[object],
    columns: tuple[str, ...] = COLUMNS,
    source: str | None = None,
) -> list[Outcome]:
    numbered = (Row(n, tuple(values)) for n, values in enumerate(rows, 1))
    table = Table(columns, numbered, "filehash")
    return list(Mapper(mapping_of(text), table, source).outcomes())


def made(outcome: Outcome) -> dict[str, Any]:
    assert isinstance(outcome, Made), outcome
    decoded: dict[str, Any] = msgspec.json.decode(outcome.value)
    return decoded


def test_fields_are_set_by_dotted_names() -> None:
    """A dotted name makes nested objects, down into the properties."""
    text = BASE + "  properties.a.b: {column: price, as: number}\n  place.store_id: 7\n"
    found = made(run(text, GOOD)[0])
    assert found["actor"] == {"customer_id": "c1"}
    assert found["properties"] == {"a": {"b": 1.5}}
    assert found["place"] == {"store_id": "7"}


def test_an_empty_column_leaves_its_field_out() -> None:
    """Absent and empty are the same in a file, and absent in a touchpoint."""
    text = BASE + "  order_id: {column: price}\n"
    assert "order_id" not in made(run(text, ("1", GOOD[1], "c1", "", "2"))[0])


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_row_without_id_time_or_actor_is_refused_with_its_number(gone: int) -> None:
    """Nothing is invented, nothing skipped in silence."""
    values = list(GOOD)
    values[gone] = ""
    (first, second) = run(BASE, GOOD, values)
    assert isinstance(first, Made)
    assert isinstance(second, Refused)
    assert second.row == 2


def test_money_is_price_times_quantity_in_cents() -> None:
    """`minor` with `times` multiplies exactly."""
    text = BASE + "  value_minor: {minor: price, times: count}\n"
    assert made(run(text, GOOD)[0])["value_minor"] == 300


def test_a_fallback_names_the_actor_of_anonymous_rows() -> None:
    """`when` on a value leaves it out where the condition does not hold."""
    text = BASE + (
        '  actor.anonymous_id: {template: "basket-{id}", '
        "when: {column: who, empty: true}}\n"
    )
    known, unknown = run(text, GOOD, ("2", GOOD[1], "", "1", "1"))
    assert made(known)["actor"] == {"customer_id": "c1"}
    assert made(unknown)["actor"] == {"anonymous_id": "basket-2"}


def test_the_first_rule_that_fits_decides_the_type() -> None:
    """Rules are tried in their order; the last one may have no condition."""
    text = BASE + (
        "rules:\n"
        "- {when: {column: id, starts_with: C}, set: {type: order_cancelled}}\n"
        "- {when: {column: price, less_than: 0}, skip: a correction}\n"
        "- {set: {type: order_completed}}\n"
    )
    cancelled, skipped, rest = run(
        text, ("C1", *GOOD[1:]), ("2", *GOOD[1:3], "-1", "1"), GOOD
    )
    assert made(cancelled)["type"] == "order_cancelled"
    assert skipped == Skipped("a correction", 1)
    assert made(rest)["type"] == "order_completed"


def test_a_row_that_no_rule_fits_is_refused() -> None:
    """A mapping that forgot a case says so."""
    text = BASE + "rules:\n- {when: {column: id, equals: x}}\n"
    assert run(text, GOOD) == [Refused(1, "no rule fits")]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("{column: id, one_of: ['1', '2']}", True),
        ("{column: id, matches: '[0-9]'}", True),
        ("{column: id, matches: '[a-z]'}", False),
        ("{column: price, greater_than: 1.5}", False),
        ("{column: price, greater_than: 1.4, less_than: 1.6}", True),
        ("{any_of: [{column: id, equals: x}, {column: who, equals: c1}]}", True),
        ("{all_of: [{column: id, equals: x}, {column: who, equals: c1}]}", False),
        ("{none_of: [{column: id, equals: x}, {column: who, equals: c2}]}", True),
    ],
)
def test_conditions_compare_text_and_numbers(condition: str, holds: bool) -> None:  # noqa: FBT001
    """Every comparison of the language, and their combinations."""
    text = BASE + f"rules:\n- {{when: {condition}}}\n"
    assert isinstance(run(text, GOOD)[0], Made) is holds


GROUPED = BASE + (
    "  value_minor: {sum: {minor: price, times: count}}\n"
    "  properties.count: {count: rows}\n"
    "  properties.lines: {lines: {price: {minor: price}, row: {column: '@row', as: integer}}}\n"
    "group_by: [id]\n"
)


def test_rows_of_one_group_are_one_touchpoint_with_their_lines() -> None:
    """Sum, count and lines go over the group; other fields are the first row's."""
    rows = [("a", *GOOD[1:]), ("a", *GOOD[1:3], "0.10", "3"), ("b", *GOOD[1:])]
    first, second = run(GROUPED, *rows)
    found = made(first)
    assert found["value_minor"] == 330
    assert found["properties"]["lines"] == [
        {"price": 150, "row": 1},
        {"price": 10, "row": 2},
    ]
    assert made(second)["properties"]["count"] == 1


def test_a_group_that_comes_back_later_is_refused() -> None:
    """Its touchpoint would be taken for a repetition of the first, and be lost."""
    rows = [("a", *GOOD[1:]), ("b", *GOOD[1:]), ("a", *GOOD[1:]), ("a", *GOOD[1:])]
    outcomes = run(GROUPED, *rows)
    assert [type(o) for o in outcomes] == [Made, Made, Refused, Refused]
    refused = [o for o in outcomes if isinstance(o, Refused)]
    assert [o.row for o in refused] == [3, 4]


def test_one_bad_row_refuses_its_whole_group() -> None:
    """An order without one of its lines would be a wrong order."""
    rows = [("a", *GOOD[1:]), ("a", *GOOD[1:3], "free", "3"), ("b", *GOOD[1:])]
    first, second = run(GROUPED, *rows)
    assert first == Refused(1, "price is not a number", 2)
    assert isinstance(second, Made)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", ""]),
            st.sampled_from([GOOD[1], "soon", ""]),
            st.sampled_from(["c1", "", "\udc80"]),
            st.sampled_from(["1.50", "-2", "x", "", "0.001"]),
            st.sampled_from(["1", "2.5", ""]),
        )
    )
)
def test_every_row_has_exactly_one_outcome(rows: list[tuple[str, ...]]) -> None:
    """Rows in touchpoints, left out and refused are all the rows, whatever they hold."""
    text = GROUPED + (
        "rules:\n- {when: {column: price, less_than: 0}, skip: negative}\n- {}\n"
    )
    outcomes = run(text, *rows)
    assert sum(outcome.rows for outcome in outcomes) == len(rows)


def test_text_that_is_not_of_the_encoding_refuses_its_row() -> None:
    """A broken byte of a CSV file costs one row, not the file."""
    outcome = run(BASE, ("1", GOOD[1], "\udc80", "1", "1"))[0]
    assert outcome == Refused(1, "it is not valid text in the file's encoding")


def test_an_id_can_be_made_from_columns_or_from_the_place_in_the_file() -> None:
    """The same file gives the same ids, so producing it twice changes nothing."""
    by_place = BASE.replace("{column: id}", '{template: "{@file}-{@row}"}')
    assert made(run(by_place, GOOD)[0])["id"] == "filehash-1"
    by_hash = BASE.replace("{column: id}", "{hash: [who, price]}")
    one, same, other = run(by_hash, GOOD, GOOD, (*GOOD[:3], "1.51", "2"))
    assert made(one)["id"] == made(same)["id"] != made(other)["id"]


def test_the_first_value_that_is_there_counts() -> None:
    """`first_of` takes the first of several that is not empty."""
    text = BASE + "  order_id: {first_of: [{column: price}, {column: count}]}\n"
    assert made(run(text, ("1", GOOD[1], "c1", "", "2"))[0])["order_id"] == "2"


def test_a_source_of_the_command_replaces_the_mappings_own() -> None:
    """One mapping serves several shops."""
    assert made(run(BASE, GOOD, source="till-7")[0])["source"] == "till-7"


def test_objects_are_read_by_dotted_path() -> None:
    """NDJSON has no columns; a name leads into its objects."""
    text = BASE.replace("{column: who}", "{column: user.id}")
    row = ({"id": 1, "at": GOOD[1], "user": {"id": "u"}},)
    found = made(run(text, row, columns=())[0])
    assert found["actor"] == {"customer_id": "u"}
    assert found["id"] == "1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("  order_id: {column: nowhere}", "order_id: no column 'nowhere'"),
        ("  order_id: {colum: id}", "order_id: exactly one of .*, not 'colum'"),
        ("  order_id: {}", "order_id: exactly one of constant, column"),
        ("  order_id: {column: No}", "read.* No, Yes, On and Off so: .* in quotes"),
        ("  order_id: {column: id, zone: UTC}", "order_id: .* unknown field `zone`"),
        ("  order_id: {column: id, template: x}", "not 'column' and 'template'"),
        ("  order_id: [a]", "order_id: a value is a constant or one operator"),
        ("  colour: red", "a touchpoint has no field colour"),
        ("  properties: x", "a touchpoint has no field properties"),
        ("  actor.name: x", "actor.name: an actor has customer_id"),
        ("  order_id: {time: at, zone: Nowhere/City}", "no time zone Nowhere/City"),
        ("  order_id: {template: '{id'}", "order_id: expected '}'"),
        ("  order_id: {column: id, when: {column: id}}", "the condition asks nothing"),
        ("  order_id: {column: id, when: {equals: x}}", "names no column"),
        ("  order_id: {column: id, when: {column: id, matches: '('}}", "no regular"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_before_the_first_row(
    change: str, message: str
) -> None:
    """The message names the field and what is wrong with it."""
    with pytest.raises(MappingError, match=message):
        run(BASE + change, GOOD)


@pytest.mark.parametrize(
    ("type_", "told"),
    [("order_complet", "did you mean order_completed"), ("zzz", "custom_ begins")],
)
def test_a_type_that_nobody_knows_is_refused_where_it_is_a_constant(
    type_: str, told: str
) -> None:
    """Every row would become a dead letter; an alias and a type of one's own are fine."""
    with pytest.raises(MappingError, match=told):
        run(BASE.replace("order_completed", type_), GOOD)
    for known in ("Order Completed", "custom_fitting"):
        assert made(run(BASE.replace("order_completed", known), GOOD)[0])["type"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "map.yaml: cannot be read"),
        ("set: {", "map.yaml: no YAML: line 1"),
        ("mapping: 2", "map.yaml: "),
        ("mapping: 1\n---\nmapping: 1", "map.yaml: one mapping a file, not 2"),
        ("", "map.yaml: one mapping a file, not 0"),
        (BASE + "  order_id: {column: nowhere}", "map.yaml: order_id: no column"),
    ],
)
def test_what_is_wrong_with_a_mapping_file_is_told_with_its_name(
    tmp_path: Path, text: str | None, told: str
) -> None:
    """Also what shows only when it is laid over a file."""
    rows, path = tmp_path / "rows.csv", tmp_path / "map.yaml"
    rows.write_text(",".join(COLUMNS) + "\n" + ",".join(GOOD) + "\n")
    if text is not None:
        path.write_text(text)
    with pytest.raises(MappingError, match=f"/{told}"):
        list(Feed([str(rows)], path, None, None, lambda _: None, Tally()).pairs())


def test_a_mapping_without_a_required_field_is_refused() -> None:
    """Id, source, type and time have to be set by somebody."""
    with pytest.raises(MappingError, match="sets no type"):
        run(BASE.replace("  type: order_completed\n", ""), GOOD)


def test_columns_with_the_names_of_fields_need_no_mapping() -> None:
    """A file made for Parcours is read by its header alone."""
    columns = (
        "id",
        "source",
        "type",
        "time",
        "actor.customer_id",
        "value_minor",
        "seq",
    )
    table = Table(
        columns,
        iter(
            [
                Row(1, ("1", "s", "page_viewed", "1704067200000", "c", "12", "")),
                Row(2, ("2", "s", "page_viewed", "2024-01-01T00:00:00Z", "c", "", "3")),
            ]
        ),
        "f",
    )
    found = [made(o) for o in Mapper(identity_mapping(columns), table, None).outcomes()]
    assert found[0]["time"] == found[1]["time"] == 1704067200000
    assert found[0]["value_minor"] == 12
    assert found[1]["seq"] == 3


def test_a_file_with_other_columns_is_told_how_to_map_them() -> None:
    """What is missing, and a mapping to begin with, which can be read."""
    with pytest.raises(MappingError, match="named id, source, type") as caught:
        identity_mapping(("Invoice: No", "time"))
    said = str(caught.value)
    assert "--mapping FILE.yaml" in said
    begun = yaml.safe_load(said[said.index("mapping: 1") :])
    assert begun["set"]["id"] == {"column": "Invoice: No"}
    assert identity_mapping(("id", "type", "time"), "my-shop").set.keys() >= {"id"}
