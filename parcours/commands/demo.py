"""`demo`: a year of a real retailer through a real system, and the proof of it."""

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from parcours import running
from parcours.commands.drain import wait_until_settled
from parcours.commands.rollups import bring_up
from parcours.commands.system import api_address, end, start_detached
from parcours.door import DEFAULT_DATA_DIR, KAFKA, DataDir, settings_for
from parcours.embedded.plan import USUAL_API_PORT
from parcours.embedded.ports import LOOPBACK
from parcours.screen import progress_bar, say, tell

if TYPE_CHECKING:
    from schemas.settings import Settings

DRAIN_SECONDS: Final = 240.0
FUNNEL: Final = ("mailing_delivered", "coupon_redeemed", "order_completed")
FUNNEL_WINDOW: Final = "90d"


class DemoError(RuntimeError):
    """The demo cannot start here."""


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the system running afterwards.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many workers.")] = 1,
    write: Annotated[
        str | None,
        typer.Option(help="Only write the touchpoints to this file, NDJSON, also .gz."),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Stream a year of a real grocery retailer, then ask, and prove that all arrived.

    155,848 baskets of 2,469 households, 6,589 mailings, 2,102 coupon redemptions and
    the demographics of 801 households. Exit status 0 only if the audit balances and
    every total is exact.
    """
    if write:
        _write(write)
        return
    _fresh(data_dir)
    say("starting broker, sink and worker")
    start_detached(data_dir, workers)
    try:
        exact = _stream_and_prove(data_dir)
    finally:
        run = running.find(data_dir)
        if run and not keep:
            end(run)
    if keep and run:
        tell(f"\nthe journey map: {api_address(run)}")
        say(f"still running on {data_dir}/; end it with `parcours down`")
    else:
        address = f"http://{LOOPBACK}:{USUAL_API_PORT}/"
        tell(f"\nthe journey map: {address} after `make up` (`parcours up`)")
    raise typer.Exit(0 if exact else 1)


def _write(path: str) -> None:
    from parcours.ndjson import write_lines
    from parcours.showcase.year import events

    count = write_lines(path, (value for _, _, value in events()))
    say(f"{count:,} touchpoints written to {path}")


def _fresh(data_dir: Path) -> None:
    """Make room: the data of an earlier demo goes, anybody else's stays and stops us."""
    import shutil

    with running.owned(data_dir):
        store = data_dir / "store"
        if store.exists():
            if not running.holds_demo_only(data_dir):
                message = (
                    f"{data_dir}/ holds data that is not the demo's, and the demo "
                    "counts exactly; give it a folder of its own with --data-dir"
                )
                raise DemoError(message)
            shutil.rmtree(store)
        running.mark_demo(data_dir)


def _stream_and_prove(data_dir: Path) -> bool:
    from insights.audit import audit
    from insights.funnels.answer import answer
    from insights.funnels.spec import Funnel, Step
    from insights.summary import summarise
    from parcours import answers
    from parcours.answers_funnel import show_funnel
    from parcours.answers_map import show_highlights
    from parcours.asking import open_asker
    from parcours.kafka_admin import KafkaAdmin
    from parcours.log_view import deliveries, view
    from parcours.mapping import whole_map
    from parcours.showcase.year import TOTALS, proof

    settings = settings_for(data_dir, KAFKA)
    began = time.monotonic()
    _stream(settings)
    with KafkaAdmin(settings.kafka_servers) as admin:
        wait_until_settled(admin, DRAIN_SECONDS, settings)
        seconds = time.monotonic() - began
    if settings.rollup_seconds:
        bring_up(data_dir)
    with KafkaAdmin(settings.kafka_servers) as admin, open_asker(data_dir) as asker:
        balance = audit(asker, view(admin), partial(deliveries, admin))
        summary = summarise(asker)
        steps = tuple(Step(type=name) for name in FUNNEL)
        conversion = answer(asker, Funnel(steps=steps, window=FUNNEL_WINDOW))
        journey = whole_map(asker, data_dir)
    answers.show_summary(summary)
    tell(f"\nfrom a campaign to a purchase, within {FUNNEL_WINDOW}")
    show_funnel(conversion)
    tell("\naudit")
    answers.show_audit(balance)
    tell(
        f"\n{TOTALS.touchpoints:,} touchpoints from file to ClickHouse in {seconds:.1f} s: "
        f"{TOTALS.touchpoints / seconds:,.0f} a second"
    )
    wrong = proof(summary)
    for sentence in wrong:
        tell(sentence)
    if not wrong:
        tell("every total is exact")
    show_highlights(journey)
    return balance.balanced and not wrong


def _stream(settings: "Settings") -> None:
    import asyncio

    from parcours.producing.sending import Tally, send_all
    from parcours.showcase.year import TOTALS, events

    tally = Tally()
    with progress_bar("streaming the year", TOTALS.touchpoints) as show:
        pairs = ((key, value) for _, key, value in events())
        asyncio.run(
            send_all(
                settings,
                pairs,
                tally,
                progress=lambda: show(tally.sent, f"{tally.sent:,} touchpoints"),
            )
        )
    say(f"{tally.sent:,} touchpoints produced, {tally.per_second:,.0f} a second")
