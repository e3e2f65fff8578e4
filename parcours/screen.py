"""What a person sees: tables and progress bars; and JSON for a program."""

import contextlib
import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from insights.spreadsheet import harmless
from schemas.currencies import digits

if TYPE_CHECKING:
    from parcours.draining import Step

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON, for a program.")]
Csv = Annotated[bool, typer.Option("--csv", help="Answer as CSV, for a spreadsheet.")]

PIPE_WIDTH: Final = 160

_T = TypeVar("_T")

out = Console(
    highlight=False,
    soft_wrap=True,
    width=None if sys.stdout.isatty() else PIPE_WIDTH,
)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Tell a person something, beside the answer (standard error)."""
    err.print(Text(message))


def tell(message: str) -> None:
    """Print an answer of a line or more (standard output)."""
    out.print(Text(message))


def tell_notes(answer: object) -> None:
    """Print what may surprise in an answer, where it brings such notes along."""
    for note in getattr(answer, "notes", ()):
        tell(str(note))


def print_as(
    answer: _T,
    form: tuple[bool, bool],
    *,
    show: Callable[[_T], None],
    write: Callable[[_T], None],
) -> None:
    """Print an answer in the form that was asked for.

    Args:
        answer: the answer.
        form: whether as JSON, whether as CSV.
        show: prints it for a person.
        write: prints it as CSV; what may surprise is said beside it.
    """
    as_json, as_csv = form
    if as_json:
        print_json(answer)
    elif as_csv:
        write(answer)
        for note in getattr(answer, "notes", ()):
            say(str(note))
    else:
        show(answer)


def print_json(answer: object) -> None:
    """Print an answer as JSON, indented."""
    encoded = msgspec.json.encode(answer)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = ""
) -> None:
    """Print rows; numbers stand on the right.

    Args:
        columns: the heading.
        rows: the cells; None is left empty.
        title: what stands above.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    above = Text(title) if title else None  # not markup: a value may stand in it
    table = Table(title=above, title_justify="left", box=None, pad_edge=False)
    for place, name in enumerate(columns):
        numeric = bool(cells) and all(_numeric(row[place]) for row in cells)
        table.add_column(
            Text(name), justify="right" if numeric else "left", overflow="fold"
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV, under a heading; None is left empty, and no cell is a formula."""
    writer = csv.writer(sys.stdout)
    writer.writerow(map(harmless, columns))
    writer.writerows(map(harmless, row) for row in rows)


def print_fields(
    names: Sequence[str], answers: Sequence[object], *, minor: Sequence[str] = ()
) -> None:
    """Print fields of answers as CSV, a row each.

    Args:
        names: the fields, which are the columns; a name that ends with `_`, since Python
            has another use for it, is told without.
        answers: a row each.
        minor: fields with money by currency, in the smallest unit: a column for each
            currency that one of the answers has, `<field>_<currency>`.
    """
    columns, worth = in_currencies(
        {field: [getattr(one, field) for one in answers] for field in minor}
    )
    print_csv(
        [*(name.rstrip("_") for name in names), *columns],
        [
            [*(getattr(one, name) for name in names), *amounts]
            for one, amounts in zip(answers, worth or [()] * len(answers), strict=True)
        ],
    )


def in_currencies(
    money_of: Mapping[str, Sequence[Mapping[str, int]]],
) -> tuple[list[str], list[tuple[int | None, ...]]]:
    """Money as columns, one a currency: money of two is never added.

    Args:
        money_of: by the name of the amount, that of each row by currency.

    Returns:
        The columns, `<name>_<currency>`, and their cells, row by row.
    """
    places = [
        (name, currency, rows)
        for name, rows in money_of.items()
        for currency in sorted({currency for row in rows for currency in row})
    ]
    many = max(map(len, money_of.values()), default=0)
    cells = [
        tuple(rows[row].get(currency) for _, currency, rows in places)
        for row in range(many)
    ]
    return [f"{name}_{currency}" for name, currency, _ in places], cells


def when(epoch_ms: int) -> str:
    """A time as text, UTC, to the second."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def money(minor: dict[str, int]) -> str:
    """Amounts by currency as text: `12.34 USD`, by the digits that ISO 4217 gives it."""
    return ", ".join(_amount(value, currency) for currency, value in minor.items())


def many(number: int, noun: str) -> str:
    """How many there are: `1 person`, `1,200 persons`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(share: float | None) -> str:
    """A share as text; empty where there is none."""
    return "" if share is None else f"{share:.1%}"


def lasted(seconds: float | None) -> str:
    """A duration as text, in the unit that fits; empty where there is none."""
    if seconds is None:
        return ""
    for unit, size in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _amount(value: int, currency: str) -> str:
    places = digits(currency)
    whole, part = divmod(abs(value), 10**places)
    sign = "-" if value < 0 else ""
    fraction = f".{part:0{places}}" if places else ""
    return f"{sign}{whole:,}{fraction} {currency}"


@contextlib.contextmanager
def progress_bar(what: str, total: int | None) -> Iterator[Callable[[int, str], None]]:
    """A progress bar on standard error, for the time of a `with`.

    Args:
        what: stands before the bar.
        total: 100 %; None where nobody knows.

    Yields:
        A function that is told what is done, and what to write behind the bar.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[words]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=total, words="")
        yield lambda done, words: bar.update(task, completed=done, words=words)


@contextlib.contextmanager
def drain_bars() -> Iterator[Callable[["Step"], None]]:
    """A progress bar for each stage of a drain; yields what is told of its steps."""
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def show(step: "Step") -> None:
            if step.stage not in tasks:
                tasks[step.stage] = bar.add_task(step.stage)
            done = step.total - step.left
            bar.update(tasks[step.stage], total=step.total, completed=done)

        yield show


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    return f"{value:,}"


def _numeric(cell: str) -> bool:
    return not cell or cell.replace(",", "").replace(".", "").lstrip("-").isdigit()
