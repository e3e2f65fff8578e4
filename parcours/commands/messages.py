"""`messages`: what is due, what was called off, and what came of it."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import Tenant
from parcours.screen import Json, print_json, print_table, tell, when

if TYPE_CHECKING:
    from pathlib import Path

    from insights.messages import Consents, MessageRow, RuleMessages
    from streams.activation.rules import MessageRules

SILENT: Final = (
    "none comes of touchpoints that were sent with --backfill, nor where it had expired "
    "when it was found, as most of a history that is sent in one go has"
)


def messages(
    person: Annotated[
        str,
        typer.Argument(
            help="Only theirs: person id, namespace:value, value, email:ADDRESS or "
            "phone:NUMBER."
        ),
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
    from insights.messages import by_rule, count_consents, list_messages
    from parcours.asking import open_asker
    from parcours.persons import identifier_of, only_person

    named = identifier_of(person, tenant, data_dir)
    with open_asker(data_dir, tenant) as asker:
        if not (person or rule or status):
            counted = by_rule(asker, tenant)
            if as_json:
                print_json(counted)
            elif counted:
                _show_rules(counted)
            else:
                _say_why_none(count_consents(asker, tenant), data_dir)
            return
        who = only_person(asker, named, tenant, as_json=as_json) if person else ""
        found = list_messages(
            asker,
            person_id=who,
            rule=rule,
            status=status,
            tenant=tenant,
            limit=limit,
        )
    if as_json:
        print_json(found)
    elif found:
        _show_messages(found)
    else:
        tell(_none_of(named, rule, status))
        if rule and rule not in (known := _load_rules(data_dir).rules):
            tell(
                f"there is no rule {rule} among those that apply here: "
                f"{', '.join(known) or 'none'} (docs/messages.md)"
            )
        else:
            tell(SILENT)


def _load_rules(data_dir: "Path") -> "MessageRules":
    from streams.journey.policy import SessionPolicy
    from streams.rules import load_message_rules

    return load_message_rules(door.settings_for(data_dir), SessionPolicy())


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


def _say_why_none(consents: "Consents", data_dir: "Path") -> None:
    """No message at all: which rules there are, and whether anybody may be written to."""
    tell("no messages")
    known = _load_rules(data_dir)
    tell(f"rules: {', '.join(known.rules) or 'none'} (docs/messages.md)")
    tell(SILENT)
    needed = [] if known.consent_unless_stated else sorted(known.purposes)
    for purpose in needed:
        given = consents.given.get(purpose, 0)
        tell(
            f"they write to those who consent to {purpose}: {given:,} of "
            f"{consents.persons:,} persons do"
        )
        if not given:
            tell(f'sources tell it with a touchpoint: "consent": {{"{purpose}": true}}')


def _none_of(person: str, rule: str, status: str) -> str:
    asked = (("to", person), ("of the rule", rule), ("that is", status))
    return " ".join(("no message", *(f"{how} {one}" for how, one in asked if one)))


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
