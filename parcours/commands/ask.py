"""`audit`, `journey`, `sql`: questions; the answers are insights' business."""

import sys
from functools import partial
from typing import Annotated

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import Tenant
from parcours.screen import Csv, Json, print_as, print_csv, print_json, print_table, say


def audit(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Check the conservation law: received = stored + duplicate + dead-lettered + pending.

    Exit status 1 where it does not balance: a record lost, or counted twice.
    """
    from insights.audit import audit as compare
    from parcours import answers
    from parcours.asking import open_asker
    from parcours.kafka_admin import KafkaAdmin
    from parcours.log_view import deliveries, view

    servers = door.settings_for(data_dir, door.KAFKA).kafka_servers
    with KafkaAdmin(servers) as admin, open_asker(data_dir) as asker:
        found = compare(asker, view(admin), partial(deliveries, admin))
    print_json(found) if as_json else answers.show_audit(found)
    if not found.balanced:
        raise typer.Exit(1)


def journey(
    person: Annotated[
        str,
        typer.Argument(
            help="Person id, namespace:value, just the value, email:ADDRESS or "
            "phone:NUMBER."
        ),
    ],
    limit: Annotated[int, typer.Option(help="How many touchpoints and sessions.")] = 50,
    by: Annotated[
        str, typer.Option(help="Persona model that tells who they are.")
    ] = "",
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show one person: where they stand, how they got there, what happened.

    Exit status 1 where nobody is known by that identifier, or several are. As CSV it is
    their touchpoints.
    """
    from insights.journey import read_journey
    from insights.personas.spec import model_named
    from parcours import answers
    from parcours.asking import open_asker
    from parcours.persona_files import known_personas
    from parcours.persons import identifier_of, only_person

    named = identifier_of(person, tenant, data_dir)
    model = model_named(known_personas(data_dir), by)
    with open_asker(data_dir, tenant) as asker:
        who = only_person(asker, named, tenant, as_json=as_json)
        found = read_journey(asker, who, tenant, limit, personas=model)
    if found is None:
        say("nothing is stored")
        raise typer.Exit(1)
    form = (as_json, as_csv)
    print_as(found, form, show=answers.show_journey, write=answers.write_journey)


def sql(
    statement: Annotated[
        str, typer.Argument(help="One statement; - reads it from stdin.")
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Ask the database one question; nothing but reading is allowed.

    A statement copied from the page has its values in its first line: paste it into a
    file, and `parcours sql - < FILE`.
    """
    from insights.statement import check, values_of
    from parcours.asking import open_asker

    whole = sys.stdin.read() if statement == "-" else statement
    text, values = check(whole), values_of(whole)
    with open_asker(data_dir) as asker:
        found = asker.ask(text, values)
    names = [name for name, _ in found.columns]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in found.rows])
    elif as_csv:
        print_csv(names, found.rows)
    else:
        print_table(names, found.rows)
