"""`impact`: which contacts sales are owed to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from insights.scope import Scope
from insights.times import instant_ms
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import AsOf, scoped
from parcours.screen import (
    Csv,
    Json,
    in_currencies,
    many,
    money,
    percent,
    print_as,
    print_csv,
    print_table,
    tell,
    tell_notes,
)

if TYPE_CHECKING:
    from insights.impact.result import Credit, Impact, ModelAnswer


@scoped
def impact(
    scope: Scope,
    by: Annotated[
        Literal["channel", "campaign", "type"],
        typer.Option(help="What gets the credit."),
    ] = "channel",
    conversion: Annotated[
        str, typer.Option(help="What is explained: a step as in funnels.")
    ] = "order_completed",
    touch: Annotated[
        list[str] | None,
        typer.Option(
            help="A contact: a step as in funnels; repeatable. By default marketing, "
            "visits, help and calls: see docs/impact.md."
        ),
    ] = None,
    lookback: Annotated[
        str, typer.Option(help="How long before it a contact counts.")
    ] = "30d",
    half_life: Annotated[
        str, typer.Option(help="Of a contact's weight in time decay.")
    ] = "7d",
    order: Annotated[
        int, typer.Option(help="How many contacts the Markov chain remembers: 1 to 3.")
    ] = 1,
    net: Annotated[
        bool, typer.Option("--net", help="Without what was refunded or cancelled.")
    ] = False,
    minimum: Annotated[
        int, typer.Option(help="Conversions below which no share is told.")
    ] = 30,
    replicates: Annotated[
        int, typer.Option(help="Of the bootstrap behind the intervals; 0 for none.")
    ] = 200,
    costs: Annotated[
        Path | None,
        typer.Option(
            help="CSV or YAML of what contacts cost, for the return on it; by default "
            "costs.csv or costs.yaml in the data folder. See docs/impact.md."
        ),
    ] = None,
    as_of: AsOf = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Share sales out among the contacts that preceded them, by seven models."""
    from insights.funnels.steps import parse_steps
    from insights.impact.answer import read_impact
    from insights.impact.spec import CONTACTS, ImpactQuestion
    from parcours.asking import open_scope
    from parcours.cost_files import known_costs

    asked = ImpactQuestion(
        conversion=parse_steps([conversion])[0],
        touches=parse_steps(touch) if touch else (CONTACTS,),
        by=by,
        lookback=lookback,
        half_life=half_life,
        order=order,
        net=net,
        minimum=minimum,
        replicates=replicates,
    )
    at, spent = instant_ms(as_of, scope.timezone), known_costs(data_dir, costs)
    with open_scope(data_dir, scope) as (asker, personas):
        found = read_impact(
            asker, scope, asked, as_of=at, personas=personas, costs=spent
        )
    print_as(found, (as_json, as_csv), show=_show, write=_write)


def _write(found: "Impact") -> None:
    spent = {one.name: one.cost_minor for one in found.spend}
    assisted = {one.name: one for one in found.names}
    rows = [(model.model, one) for model in found.models for one in model.credits]
    columns, worth = in_currencies(
        {
            "value_minor": [one.value_minor for _, one in rows],
            "assisted_minor": [assisted[one.name].assisted_minor for _, one in rows],
            "cost_minor": [spent.get(one.name, {}) for _, one in rows],
        }
    )
    print_csv(
        (
            "model",
            "name",
            "share",
            "low",
            "high",
            "credited",
            "conversions",
            "assisted",
            *columns,
        ),
        [
            (
                model,
                one.name,
                one.share,
                one.low,
                one.high,
                one.conversions,
                assisted[one.name].conversions,
                assisted[one.name].assisted,
                *amounts,
            )
            for (model, one), amounts in zip(rows, worth, strict=True)
        ],
    )


def _show(found: "Impact") -> None:
    tell(
        f"{many(found.conversions, 'conversion')}, {found.unattributed:,} without a "
        f"contact; {many(found.null_paths, 'path')} led to none, "
        f"{found.pending_paths:,} may still lead to one"
    )
    for one in found.revenue:
        if one.currency:
            tell(
                f"revenue {money({one.currency: one.value_minor})}: "
                f"{money({one.currency: one.attributed_minor})} shared out, "
                f"{money({one.currency: one.unattributed_minor})} without a contact"
            )
    print_table(
        (
            found.asked.by,
            "conversions",
            "assisted",
            "assisted money",
            *(m.model for m in found.models),
        ),
        [
            (
                name.name,
                name.conversions,
                name.assisted,
                money(name.assisted_minor),
                *(_share(model.credits[place]) for model in found.models),
            )
            for place, name in enumerate(found.names)
            if name.conversions
        ],
        "\nshares of the conversions [and the 95 % interval, in per cent]",
    )
    print_table(
        (found.asked.by, *(m.model for m in found.models)),
        [
            (
                name.name,
                *(money(model.credits[place].value_minor) for model in found.models),
            )
            for place, name in enumerate(found.names)
            if name.conversions
        ],
        "\nmoney",
    )
    if found.spend:
        _show_spend(found)
    tell_notes(found)
    _tell_models(found.models)


def _show_spend(found: "Impact") -> None:
    print_table(
        (found.asked.by, "cost", *(model.model for model in found.models)),
        [
            (
                one.name,
                money({currency: cost}),
                *(
                    _times(one.returned[model.model].get(currency))
                    for model in found.models
                ),
            )
            for one in found.spend
            for currency, cost in one.cost_minor.items()
        ],
        "\nreturn on spend: money given for each one spent",
    )


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _tell_models(models: "list[ModelAnswer]") -> None:
    for model in models:
        tell(f"{model.model}: {model.definition}")


def _share(credit: "Credit") -> str:
    if credit.low is None or credit.high is None:
        return percent(credit.share)
    return f"{percent(credit.share)} [{credit.low * 100:.0f}, {credit.high * 100:.0f}]"
