"""`audit`, `funnel`, `journey`, `sql`: questions; the answers are insights' business."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, print_json, print_table, say

Tenant = Annotated[str, typer.Option(help="Whose data.")]


def audit(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Check the conservation law: received = stored + duplicate + dead-lettered + pending.

    Exit status 1 where it does not balance: a record lost, or counted twice.
    """
    from insights.audit import audit as compare
    from parcours import answers
    from parcours.asking import open_asker
    from parcours.kafka_admin import KafkaAdmin
    from parcours.log_view import view

    servers = door.settings_for(data_dir, door.KAFKA).kafka_servers
    with KafkaAdmin(servers) as admin:
        taken = view(admin)
    with open_asker(data_dir) as asker:
        found = compare(asker, taken)
    print_json(found) if as_json else answers.show_audit(found)
    if not found.balanced:
        raise typer.Exit(1)


def funnel(
    steps: Annotated[
        list[str],
        typer.Argument(
            help="Steps in their order: a type, or several as `a|b`, with a name "
            "(`buys=order_completed`) and conditions "
            r"(`'order_completed\[value_minor>=5000]'`); or one YAML or JSON file."
        ),
    ],
    window: Annotated[
        str, typer.Option(help="Longest time from the first to the last: 24h, 30d.")
    ] = "30d",
    unit: Annotated[
        Literal["person", "session", "cart", "order", "ticket"],
        typer.Option(help="What is counted."),
    ] = "person",
    order: Annotated[
        Literal["ordered", "strict", "any"],
        typer.Option(help="strict: nothing else that the customer does in between."),
    ] = "ordered",
    since: Annotated[
        str | None,
        typer.Option("--from", help="First moment of entry: a date or RFC 3339."),
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="First moment after the entries.")
    ] = None,
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Tell how many get from one step to the next, and how long it takes them."""
    from insights.funnels.answer import answer
    from insights.funnels.spec import Funnel, load
    from insights.funnels.steps import parse_steps
    from parcours import answers
    from parcours.asking import open_asker

    file = Path(steps[0])
    if len(steps) == 1 and file.is_file():
        asked = load(file.read_bytes(), yaml=file.suffix in (".yaml", ".yml"))
    else:
        asked = Funnel(
            steps=parse_steps(steps),
            window=window,
            unit=unit,
            order=order,
            from_=since,
            to=to,
            tenant=tenant,
        )
    with open_asker(data_dir) as asker:
        found = answer(asker, asked)
    print_json(found) if as_json else answers.show_funnel(found)


def journey(
    person: Annotated[
        str, typer.Argument(help="Person id, namespace:value, or just the value.")
    ],
    limit: Annotated[int, typer.Option(help="How many touchpoints and sessions.")] = 50,
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Show one person: where they stand, how they got there, what happened.

    Exit status 1 where nobody is known by that identifier, or several are.
    """
    from insights.journey import find_persons, read_journey
    from parcours import answers
    from parcours.asking import open_asker

    with open_asker(data_dir) as asker:
        persons = find_persons(asker, person, tenant)
        if len(persons) != 1:
            say("nobody is known by it" if not persons else "several are known by it:")
            print_json(persons) if as_json else answers.show_persons(persons)
            raise typer.Exit(1)
        found = read_journey(asker, persons[0], tenant, limit)
    if found is None:
        say("nothing is stored")
        raise typer.Exit(1)
    print_json(found) if as_json else answers.show_journey(found)


def sql(
    statement: Annotated[
        str, typer.Argument(help="One statement; - reads it from stdin.")
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Ask the database one question; nothing but reading is allowed."""
    from insights.statement import check
    from parcours.asking import open_asker

    text = check(sys.stdin.read() if statement == "-" else statement)
    with open_asker(data_dir) as asker:
        found = asker.ask(text, {})
    names = [name for name, _ in found.columns]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in found.rows])
    else:
        print_table(names, found.rows)
