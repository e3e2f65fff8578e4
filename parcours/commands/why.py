"""`why`: how a person came into a phase, and because of what."""

from typing import TYPE_CHECKING, Annotated

import typer

from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import Tenant
from parcours.screen import Json, print_json, print_table, tell, when

if TYPE_CHECKING:
    from insights.why import Why


def why(
    person: Annotated[
        str,
        typer.Argument(
            help="Person id, namespace:value, just the value, email:ADDRESS or "
            "phone:NUMBER."
        ),
    ],
    model: Annotated[str, typer.Option(help="One journey model alone.")] = "",
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """List every change of phase of a person: rule, model version, causing touchpoint.

    Exit status 1 where nobody is known by that identifier, or several are.
    """
    from insights.why import read_why
    from parcours.asking import open_asker
    from parcours.persons import identifier_of, only_person

    named = identifier_of(person, tenant, data_dir)
    with open_asker(data_dir, tenant) as asker:
        who = only_person(asker, named, tenant, as_json=as_json)
        found = read_why(asker, who, tenant, model)
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
