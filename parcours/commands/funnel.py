"""`funnel`: how many get from one step to the next, who they are, and when."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import msgspec
import typer

from insights.asker import Asker
from insights.funnels.numbers import Kind
from insights.funnels.plans import BUDGET, Terms
from insights.funnels.spec import Breakdown, Exclusion, Funnel, FunnelError, load
from insights.times import instant_ms
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import named_tenant
from parcours.screen import Csv, Json, print_as

if TYPE_CHECKING:
    from insights.funnels.persons import Wanted
    from insights.personas.assign import KnownPersonas

FILES: Final = (".yaml", ".yml", ".json")
NO_FILE: Final = (
    "no such file; a funnel is one YAML or JSON file, or types of touchpoints"
)


def funnel(
    steps: Annotated[
        list[str],
        typer.Argument(
            help="Steps in their order: a type, or several as `a|b`, with a name "
            "(`buys=order_completed`) and conditions "
            r"(`'order_completed\[value_minor>=5000]'`), `?` behind an optional one; "
            "or one YAML or JSON file, whose options those below replace."
        ),
    ],
    window: Annotated[
        str | None, typer.Option(help="Longest time from first to last: 24h, 30d.")
    ] = None,
    unit: Annotated[
        Literal["person", "session", "cart", "order", "ticket"] | None,
        typer.Option(help="What is counted; persons where nothing else is said."),
    ] = None,
    order: Annotated[
        Literal["ordered", "strict", "any"] | None,
        typer.Option(help="strict: nothing else that the customer does in between."),
    ] = None,
    session: Annotated[
        bool | None, typer.Option("--session", help="All steps in one session.")
    ] = None,
    opened: Annotated[
        bool | None, typer.Option("--open", help="Enter with any required step.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="What must not happen, written as a step.")
    ] = None,
    hold: Annotated[
        list[str] | None, typer.Option(help="Property with one value on all steps.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Property whose values are told apart, or `persona`."),
    ] = None,
    attribution: Annotated[
        str, typer.Option(help="first_touch, last_touch, all_steps or step:N.")
    ] = "first_touch",
    values: Annotated[int, typer.Option(help="How many values are told apart.")] = 10,
    count: Annotated[
        Literal["uniques", "totals"] | None,
        typer.Option(help="Every unit once, or each of its attempts."),
    ] = None,
    net: Annotated[
        bool | None, typer.Option("--net", help="Leave out orders revoked later.")
    ] = None,
    eligible: Annotated[
        list[str] | None,
        typer.Option(
            help="A type that breaks a strict funnel; repeatable; else all that the "
            "customer does."
        ),
    ] = None,
    include_bots: Annotated[
        bool | None,
        typer.Option("--include-bots", help="Count what crawlers and monitors did."),
    ] = None,
    include_machine: Annotated[
        bool | None,
        typer.Option("--include-machine", help="Count what mail proxies opened."),
    ] = None,
    persona: Annotated[
        str | None, typer.Option(help="Of the persons of this persona alone.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", help="First moment of entry: a date or RFC 3339."),
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="First moment after the entries.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Where days begin: an IANA name.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Moment to answer for; the newest touchpoint's otherwise."),
    ] = None,
    persons: Annotated[
        str,
        typer.Option(
            help="List who it is: STEP:STATE; reached, converted, dropped, pending, "
            "excluded or entered."
        ),
    ] = "",
    value: Annotated[
        str | None,
        typer.Option(help="With --persons: of this value of the breakdown."),
    ] = None,
    kind: Annotated[
        Kind | None,
        typer.Option(help="With --persons: of the breakdown's values of this kind."),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many are listed.")] = 100,
    offset: Annotated[int, typer.Option(help="How many are passed over.")] = 0,
    trend: Annotated[
        Literal["day", "week", "month"] | None,
        typer.Option(help="By the period of entry."),
    ] = None,
    explain: Annotated[
        str, typer.Option(help="The touchpoints of one person (or other unit).")
    ] = "",
    sql: Annotated[
        bool, typer.Option("--sql", help="With --explain: the statement as well.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Also what landed after the last roll-up.")
    ] = False,
    preview: Annotated[
        int, typer.Option(min=1, help="Look at one unit in N only, and estimate.")
    ] = 1,
    budget: Annotated[
        int,
        typer.Option(help="Most rows it may read: touchpoints, or persons' timelines."),
    ] = BUDGET,
    tenant: Annotated[
        str | None, typer.Option(help="Whose data.", callback=named_tenant)
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Tell how many get from one step to the next, and how long it takes them."""
    from insights.funnels.checks import check
    from insights.scope import Scope, persona_named
    from parcours.asking import open_asker
    from parcours.persona_files import known_personas, personas_for
    from parcours.persons import identifier_of

    given = {
        "window": window,
        "unit": unit,
        "order": order,
        "session": session,
        "closed": None if opened is None else not opened,
        "exclude": _exclusions(exclude),
        "hold": tuple(hold) if hold else None,
        "breakdown": Breakdown(by, attribution, values) if by else None,
        "count": count,
        "net": net,
        "eligible": tuple(eligible) if eligible else None,
        "include_bots": include_bots,
        "include_machine": include_machine,
        "persona": None if persona is None else persona_named(persona),
        "from_": since,
        "to": to,
        "timezone": timezone,
        "tenant": tenant,
    }
    asked = _read(steps, {name: one for name, one in given.items() if one is not None})
    check(asked)  # what makes no sense is told even where nothing is stored
    moment = instant_ms(as_of, asked.timezone)
    if asked.unit == "person":
        explain = identifier_of(explain, asked.tenant, data_dir)
    if preview > 1 and (persons or trend or explain):
        message = (
            "a preview estimates numbers: leave --preview out, or --persons, --trend "
            "and --explain"
        )
        raise FunnelError(message)
    if (value is not None or kind) and not (persons and asked.breakdown):
        message = "--value and --kind go with --persons of a funnel with a breakdown"
        raise FunnelError(message)
    told_apart = asked.breakdown is not None and asked.breakdown.by_persona
    personas: KnownPersonas = {
        "personas": personas_for(data_dir, Scope(persona=asked.persona)),
        "persona_model": known_personas(data_dir)[0] if told_apart else None,
    }
    question = _Question(asked, moment, personas, budget, (as_json, as_csv))
    with open_asker(data_dir, asked.tenant) as asker:
        if persons:
            wanted = _wanted(persons, kind, value)
            page = msgspec.structs.replace(wanted, limit=limit, offset=offset)
            _persons(asker, question, page)
        elif trend:
            _trend(asker, question, trend)
        elif explain:
            _explain(asker, question, explain, sql=sql)
        else:
            terms = Terms(budget=budget, live=live, preview=preview)
            _answer(asker, question, terms)


class _Question(NamedTuple):
    """A funnel as it was asked for.

    Attributes:
        moment: to answer for; None for the newest.
        personas: those that it names.
        form: whether the answer is JSON, whether CSV.
    """

    funnel: Funnel
    moment: int | None
    personas: "KnownPersonas"
    budget: int
    form: tuple[bool, bool]


def _wanted(text: str, kind: Kind | None, value: str | None) -> "Wanted":
    from insights.funnels.persons import choice

    told = kind or (None if value is None else "value")
    return msgspec.structs.replace(choice(text), kind=told, value=value or "")


def _read(steps: list[str], given: dict[str, object]) -> Funnel:
    from insights.funnels.steps import parse_steps

    file = Path(steps[0])
    if len(steps) == 1 and file.is_file():
        try:
            read = load(file.read_bytes(), yaml=file.suffix in (".yaml", ".yml"))
        except FunnelError as error:
            message = f"{file}: {error}"
            raise FunnelError(message) from error
    else:
        _refuse_files(steps)
        read = Funnel(steps=parse_steps(steps))
    return msgspec.structs.replace(read, **given)


def _refuse_files(steps: list[str]) -> None:
    """Refuse what means a file: as a type it would be one that nobody has."""
    for text in steps:
        # Behind `=` and `[` a slash is part of a step: of its types or a value.
        path = "/" in text and not any(mark in text for mark in "=[")
        if path or text.endswith(FILES):
            there = Path(text).is_file()
            wrong = "has all steps of a funnel: give it alone" if there else NO_FILE
            message = f"{text}: {wrong}"
            raise typer.BadParameter(message)


def _exclusions(texts: list[str] | None) -> tuple[Exclusion, ...] | None:
    from insights.funnels.steps import parse_steps

    if not texts:
        return None
    return tuple(
        Exclusion(type=one.type, any_of=one.any_of, where=one.where)
        for one in parse_steps(texts)
    )


def _answer(asker: Asker, question: _Question, terms: Terms) -> None:
    from insights.funnels.answer import answer
    from parcours.answers_funnel import show_funnel, write_funnel

    funnel, moment, personas, _, form = question
    found = answer(asker, funnel, moment, terms, **personas)
    print_as(found, form, show=show_funnel, write=write_funnel)


def _persons(asker: Asker, question: _Question, wanted: "Wanted") -> None:
    from insights.funnels.persons import persons as ask
    from parcours.answers_funnel import show_page, write_page

    funnel, moment, personas, budget, form = question
    found = ask(asker, funnel, wanted, moment, budget=budget, **personas)
    print_as(found, form, show=show_page, write=write_page)


def _trend(
    asker: Asker, question: _Question, period: Literal["day", "week", "month"]
) -> None:
    from insights.funnels.trend import trend as ask
    from parcours.answers_funnel import show_trend, write_trend

    funnel, moment, personas, budget, form = question
    found = ask(asker, funnel, period, moment, budget=budget, **personas)
    print_as(found, form, show=show_trend, write=write_trend)


def _explain(asker: Asker, question: _Question, unit: str, *, sql: bool) -> None:
    from insights.funnels.explain import explain as ask
    from insights.journey import find_persons
    from parcours.answers_funnel import show_explanation, write_explanation
    from parcours.persons import not_one

    funnel, moment, personas, _, form = question
    if funnel.unit == "person":
        known = find_persons(asker, unit, funnel.tenant)
        if len(known) != 1:
            raise FunnelError(not_one(known, unit, funnel.tenant))
        unit = known[0]
    found = ask(asker, funnel, unit, moment, **personas)
    print_as(
        found, form, show=partial(show_explanation, sql=sql), write=write_explanation
    )
