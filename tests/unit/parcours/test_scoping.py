"""The options of a scope."""

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from insights.scope import Scope
from parcours.scoping import scoped
from parcours.screen import print_csv

SEEN: list[object] = []


@scoped
def _command(
    scope: Scope, steps: Annotated[list[str], typer.Argument()], deep: int = 3
) -> None:
    """Ask something."""
    SEEN.append((scope, steps, deep))


@pytest.fixture
def app() -> typer.Typer:
    """One command of this kind."""
    SEEN.clear()
    made = typer.Typer()
    made.command("ask")(_command)
    return made


def test_options_make_the_scope(app: typer.Typer) -> None:
    """Each option is one field, beside the command's own arguments."""
    asked = (
        "a b --deep 5 --from 2025-01-01 --to 2025-02-01 --channel web --store 3 "
        "--persona p --timezone Europe/Paris --tenant t --model m"
    )
    result = CliRunner().invoke(app, asked.split(), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    ((scope, steps, deep),) = SEEN  # type: ignore[misc]
    assert (steps, deep) == (["a", "b"], 5)
    assert scope.range_ms() == (1735686000000, 1738364400000)  # midnights in Paris
    told = (scope.channel, scope.store, scope.persona, scope.timezone)
    assert told == ("web", "3", "p", "Europe/Paris")
    assert (scope.tenant, scope.model) == ("t", "m")


def test_without_options_everything_is_meant(app: typer.Typer) -> None:
    """The defaults are those of `Scope`."""
    CliRunner().invoke(app, ["a"], catch_exceptions=False)
    ((scope, _, deep),) = SEEN  # type: ignore[misc]
    assert (scope, deep) == (type(scope)(), 3)


def test_csv_quotes_what_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Commas and quotes survive; nothing is empty."""
    print_csv(("a", "b"), [('x,"y"', None), (1, 0.5)])
    assert capsys.readouterr().out == 'a,b\r\n"x,""y""",\r\n1,0.5\r\n'
