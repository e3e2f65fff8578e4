"""`messages`: what is due, what was called off, and what came of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, print_json, print_table, say, tell, when

if TYPE_CHECKING:
    from insights.messages import MessageRow, RuleMessages

Tenant = Annotated[str, typer.Option(help="Whose data.")]


def messages(
    person: Annotated[
        str, typer.Argument(help="Only theirs: person id, namespace:value, or value.")
    ] = "",
    rule: Annotated[str, typer.Option(help="Only of this rule.")] = "",
    status: Annotated[str, typer.Option(help="due, held_out or cancelled.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
    tenant: Tenant = "default",
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Show messages by rule; with a person, rule or status, one by one.

    The shares of those who did what a rule is for are compared with those held out.
    Exit status 1 where nobody is known by that identifier, or several are.
    """
    from insights.journey import find_persons
    from insights.messages import by_rule, list_messages
    from parcours import answers
    from parcours.asking import open_asker

    with open_asker(data_dir, tenant) as asker:
        if not (person or rule or status):
            counted = by_rule(asker, tenant)
            print_json(counted) if as_json else _show_rules(counted)
            return
        if person:
            persons = find_persons(asker, person, tenant)
            if len(persons) != 1:
                say(
                    "nobody is known by it"
                    if not persons
                    else "several are known by it:"
                )
                print_json(persons) if as_json else answers.show_persons(persons)
                raise typer.Exit(1)
            person = persons[0]
        found = list_messages(
            asker,
            person_id=person,
            rule=rule,
            status=status,
            tenant=tenant,
            limit=limit,
        )
    print_json(found) if as_json else _show_messages(found)


def _show_rules(counted: "list[RuleMessages]") -> None:
    rows = [
        (
            one.rule,
            one.due,
            one.held_out,
            one.cancelled,
            one.sent,
            one.opened,
            one.clicked,
            _share(one.rate),
            _share(one.rate_held_out),
            _share(one.lift),
        )
        for one in counted
    ]
    columns = ("rule", "due", "held out", "cancelled", "sent", "opened", "clicked")
    print_table((*columns, "converted", "without", "lift"), rows)
    if not rows:
        tell("no messages")


def _show_messages(found: "list[MessageRow]") -> None:
    rows = [
        (
            when(one.due_at),
            one.rule,
            one.status,
            one.reason,
            one.person_id,
            one.key,
            one.cause_type,
            when(one.sent_at) if one.sent_at else "",
            when(one.converted_at) if one.converted_at else "",
            one.message_id,
        )
        for one in found
    ]
    columns = ("due", "rule", "status", "why", "person", "about", "because of")
    print_table((*columns, "sent", "converted", "id"), rows)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
