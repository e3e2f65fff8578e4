"""`why`: how a person came into a phase, and because of what."""

from typing import TYPE_CHECKING, Annotated

import typer

from parcours.commands.ask import Tenant
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, print_json, print_table, say, tell, when

if TYPE_CHECKING:
    from insights.why import Why


def why(
    person: Annotated[
        str, typer.Argument(help="Person id, namespace:value, or just the value.")
    ],
    model: Annotated[str, typer.Option(help="One journey model alone.")] = "",
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """List every change of phase of a person: rule, model version, causing touchpoint.

    Exit status 1 where nobody is known by that identifier, or several are.
    """
    from insights.journey import find_persons
    from insights.why import read_why
    from parcours import answers
    from parcours.asking import open_asker

    with open_asker(data_dir) as asker:
        persons = find_persons(asker, person, tenant)
        if len(persons) != 1:
            said = "several persons are known by" if persons else "nobody is known by"
            say(f"{said} {person} (tenant {tenant}); see `parcours journey --help`")
            print_json(persons) if as_json else answers.show_persons(persons)
            raise typer.Exit(1)
        found = read_why(asker, persons[0], tenant, model)
    print_json(found) if as_json else _show(found)


def _show(found: "Why") -> None:
    tell(f"person {found.person_id} (tenant {found.tenant})")
    for at in found.positions:
        tell(f"{at.model} v{at.model_version}: {at.phase} since {when(at.since)}")
    if not found.transitions:
        tell("no phase has been entered: no rule is fulfilled yet")
        return
    print_table(
        ("when", "model", "no", "from", "to", "rule", "because of", "at", "revision"),
        [
            (
                when(one.occurred_at),
                f"{one.model} v{one.model_version}",
                one.transition_no,
                one.from_phase,
                one.to_phase,
                one.rule,
                f"{one.cause_type} {one.cause_source}/{one.cause_id}",
                when(one.cause_at),
                one.revision,
            )
            for one in found.transitions
        ],
        "\ntransitions",
    )
