"""`funnel`: how many get from one step to the next, who they are, and when."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from insights.asker import Asker
from insights.funnels.plans import BUDGET, Terms
from insights.funnels.spec import Breakdown, Exclusion, Funnel, FunnelError, load
from insights.times import instant_ms
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import named_tenant
from parcours.screen import Csv, Json, print_json


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
        str | None, typer.Option(help="Property whose values are told apart.")
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
        int, typer.Option(help="Most touchpoints that it may read.")
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
    from parcours.asking import open_asker
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
    with open_asker(data_dir, asked.tenant) as asker:
        if persons:
            page = (persons, limit, offset, budget)
            _persons(asker, asked, moment, page, (as_json, as_csv))
        elif trend:
            _trend(asker, asked, moment, (trend, budget), (as_json, as_csv))
        elif explain:
            _explain(asker, asked, moment, (explain, sql), (as_json, as_csv))
        else:
            terms = Terms(budget=budget, live=live, preview=preview)
            _answer(asker, asked, moment, terms, (as_json, as_csv))


def _read(steps: list[str], given: dict[str, object]) -> Funnel:
    from insights.funnels.steps import parse_steps

    file = Path(steps[0])
    if len(steps) == 1 and file.is_file():
        read = load(file.read_bytes(), yaml=file.suffix in (".yaml", ".yml"))
    else:
        read = Funnel(steps=parse_steps(steps))
    return msgspec.structs.replace(read, **given)


def _exclusions(texts: list[str] | None) -> tuple[Exclusion, ...] | None:
    from insights.funnels.steps import parse_steps

    if not texts:
        return None
    return tuple(
        Exclusion(type=one.type, any_of=one.any_of, where=one.where)
        for one in parse_steps(texts)
    )


_Form = tuple[bool, bool]
"""Whether the answer is JSON, whether CSV."""


def _answer(
    asker: Asker, asked: Funnel, moment: int | None, terms: Terms, form: _Form
) -> None:
    from insights.funnels.answer import answer
    from parcours.answers_funnel import show_funnel, write_funnel

    found = answer(asker, asked, moment, terms)
    as_json, as_csv = form
    print_json(found) if as_json else (write_funnel if as_csv else show_funnel)(found)


def _persons(
    asker: Asker,
    asked: Funnel,
    moment: int | None,
    page: tuple[str, int, int, int],
    form: _Form,
) -> None:
    from insights.funnels.persons import choice
    from insights.funnels.persons import persons as ask
    from parcours.answers_funnel import show_page, write_page

    text, limit, offset, budget = page
    wanted = msgspec.structs.replace(choice(text), limit=limit, offset=offset)
    found = ask(asker, asked, wanted, moment, budget=budget)
    as_json, as_csv = form
    print_json(found) if as_json else (write_page if as_csv else show_page)(found)


def _trend(
    asker: Asker,
    asked: Funnel,
    moment: int | None,
    by: tuple[Literal["day", "week", "month"], int],
    form: _Form,
) -> None:
    from insights.funnels.trend import trend as ask
    from parcours.answers_funnel import show_trend, write_trend

    period, budget = by
    found = ask(asker, asked, period, moment, budget=budget)
    as_json, as_csv = form
    print_json(found) if as_json else (write_trend if as_csv else show_trend)(found)


def _explain(
    asker: Asker,
    asked: Funnel,
    moment: int | None,
    about: tuple[str, bool],
    form: _Form,
) -> None:
    from insights.funnels.explain import explain as ask
    from insights.journey import find_persons
    from parcours.answers_funnel import show_explanation, write_explanation
    from parcours.persons import not_one

    unit, sql = about
    if asked.unit == "person":
        known = find_persons(asker, unit, asked.tenant)
        if len(known) != 1:
            raise FunnelError(not_one(known, unit, asked.tenant))
        unit = known[0]
    found = ask(asker, asked, unit, moment)
    as_json, as_csv = form
    if as_json:
        print_json(found)
    elif as_csv:
        write_explanation(found)
    else:
        show_explanation(found, sql=sql)
