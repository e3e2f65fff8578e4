"""What answers look like for who reads them elsewhere."""

import csv
import io

import pytest
from msgspec import Struct

from insights.journey import Journey, Position
from insights.spending import Spending
from parcours.answers import show_journey
from parcours.screen import many, out, print_csv, print_fields, print_table


def printed(*row: object, names: tuple[str, ...] = ()) -> list[list[str]]:
    """The lines of a table of one row, as a spreadsheet reads them."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        print_csv(names, [row])
    return list(csv.reader(io.StringIO(out.getvalue())))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-", "\n=1"],
)
def test_no_cell_is_a_formula(cell: str) -> None:
    """What a customer typed is text, in a heading too."""
    assert printed(cell, names=(cell,)) == [["'" + cell], ["'" + cell]]


def test_one_is_not_several() -> None:
    """Nor is none one."""
    told = [many(number, "path") for number in (0, 1, 1200)]
    assert told == ["0 paths", "1 path", "1,200 paths"]


def test_numbers_stay_numbers() -> None:
    """Negative ones and amounts of money, too; and what has its sign elsewhere."""
    row = (-1, -0.5, "-3", "+1.5", "-1,234.50 EUR", None, "a=b", "")
    told = ["-1", "-0.5", "-3", "+1.5", "-1,234.50 EUR", "", "a=b", ""]
    assert printed(*row, names=("n",)) == [["n"], told]


def test_no_text_of_a_table_is_taken_for_markup() -> None:
    """In its title, its heading and its cells: a value may stand in any of them."""
    with out.capture() as captured:
        print_table(["[bold]name"], [("[red]cell",)], "shares [95 % interval]")
    told = captured.get()
    assert "shares [95 % interval]" in told
    assert "[bold]name" in told
    assert "[red]cell" in told


def test_a_journey_tells_what_was_spent_without_what_was_given_back() -> None:
    """By currency, each order once: not as often as somebody told of it."""
    told_thrice = Position(
        *("customer_id:1", 1, "onboarding", 0, 3, 0, 0, 3, {"EUR": 75_682}),
        *({}, {}, 1, {}, {}, 0),
    )
    spending = [Spending("EUR", 2, 75_682, 4_366), Spending("USD", 1, 500, 0)]
    found = Journey(
        *("default", "customer_id:1", told_thrice, [], {}, [], [], []), spending, []
    )
    with out.capture() as captured:
        show_journey(found)
    told = "orders      3: 713.16 EUR, 5.00 USD (43.66 EUR given back is taken off)\n"
    assert told in captured.get()


def test_a_journey_without_a_phase_says_so() -> None:
    """Somebody known from bots only stands nowhere, and has not since 1970."""
    nowhere = Position(
        *("customer_id:1", 1, "", 0, 1, 0, 0, 0, {}),
        *({}, {}, 0, {}, {}, 0),
    )
    found = Journey(*("default", "customer_id:1", nowhere, [], {}, [], [], []), [], [])
    with out.capture() as captured:
        show_journey(found)
    assert "phase       none yet\n" in captured.get()
    assert "1970-01-01 00:00:00" not in captured.get().partition("transitions")[0]


class Worth(Struct):
    """One row of an answer."""

    name: str
    from_: int
    value_minor: dict[str, int]


def test_money_has_a_column_for_each_currency(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Those that any row has; money of two currencies is never added."""
    rows = [Worth("a", 1, {"USD": 5}), Worth("b", 2, {"EUR": 7, "USD": 0})]
    print_fields(("name", "from_"), rows, minor=["value_minor"])
    assert capsys.readouterr().out.splitlines() == [
        "name,from,value_minor_EUR,value_minor_USD",
        "a,1,,5",
        "b,2,7,0",
    ]
    print_fields(("name",), [], minor=["value_minor"])
    assert capsys.readouterr().out.splitlines() == ["name"]
