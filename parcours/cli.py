"""The command line: which command is which function."""

import logging
import sys

import typer

from parcours.commands import (
    api,
    ask,
    assistance,
    dead_letters,
    demo,
    drain,
    fold,
    funnel,
    impact,
    journey_map,
    messages,
    moments,
    objectives,
    pains,
    paths,
    personas,
    phases,
    processes,
    produce,
    rollups,
    schemas,
    settings,
    simulate,
    stages,
    store,
    system,
    topics,
    verify,
    version,
    why,
)
from parcours.screen import say

OWN_PACKAGES = ("parcours", "insights", "streams", "sinks", "schemas")
EX_CONFIG = 78

app = typer.Typer(
    name="parcours",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Live customer journeys: touchpoints on Kafka, Faust agents, ClickHouse.\n\n"
    "Start with `parcours demo`, or with `parcours up` and `parcours produce`. Every "
    "command finds the running system by its data folder; with PARCOURS_KAFKA_SERVERS "
    "and PARCOURS_CLICKHOUSE_URL in the environment it talks to those.",
)

app.callback()(version.options)

_RUN = "Run a system"
_FEED = "Feed it"
_ASK = "Ask it"
_BUILD = "Build on it"

app.command("up", rich_help_panel=_RUN)(system.up)
app.command("down", rich_help_panel=_RUN)(system.down)
app.command("status", rich_help_panel=_RUN)(system.status)
app.command("demo", rich_help_panel=_RUN)(demo.demo)
app.command("worker", rich_help_panel=_RUN)(processes.worker)
app.command("sink", rich_help_panel=_RUN)(processes.sink)
app.command("rollups", rich_help_panel=_RUN)(rollups.rollups)
app.command("migrate", rich_help_panel=_RUN)(store.migrate)
app.add_typer(api.app, name="api", rich_help_panel=_RUN)
app.command("prepare", hidden=True)(store.prepare)
app.add_typer(topics.app, name="topics", rich_help_panel=_RUN)

app.command("produce", rich_help_panel=_FEED)(produce.produce)
app.command("drain", rich_help_panel=_FEED)(drain.drain)
app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=_FEED)
app.command("simulate", rich_help_panel=_FEED)(simulate.simulate)

app.command("assistance", rich_help_panel=_ASK)(assistance.assistance)
app.command("audit", rich_help_panel=_ASK)(ask.audit)
app.command("funnel", rich_help_panel=_ASK)(funnel.funnel)
app.command("journey", rich_help_panel=_ASK)(ask.journey)
app.command("map", rich_help_panel=_ASK)(journey_map.journey_map)
app.command("messages", rich_help_panel=_ASK)(messages.messages)
app.command("impact", rich_help_panel=_ASK)(impact.impact)
app.command("moments", rich_help_panel=_ASK)(moments.moments)
app.command("objectives", rich_help_panel=_ASK)(objectives.objectives)
app.command("pains", rich_help_panel=_ASK)(pains.pains)
app.command("paths", rich_help_panel=_ASK)(paths.paths)
app.command("personas", rich_help_panel=_ASK)(personas.personas)
app.command("stages", rich_help_panel=_ASK)(stages.stages)
app.command("why", rich_help_panel=_ASK)(why.why)
app.command("registered", rich_help_panel=_ASK)(rollups.registered)
app.command("sql", rich_help_panel=_ASK)(ask.sql)

app.command("plan", rich_help_panel=_BUILD)(phases.plan)
app.command("apply", rich_help_panel=_BUILD)(phases.apply)
app.command("fold", rich_help_panel=_BUILD)(fold.fold)
app.add_typer(verify.app, name="verify", rich_help_panel=_BUILD)
app.command("settings", rich_help_panel=_BUILD)(settings.settings)
app.command("schemas", rich_help_panel=_BUILD)(schemas.schemas)


def main() -> None:
    """Run the command that the arguments name.

    An exception of a type of ours carries a message for a person: it is printed, as is
    what the system says of a file. Any other one is a bug: it shows its traceback.
    """
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s %(message)s"
    )
    try:
        app()
    except OSError as error:
        if error.filename is None:
            raise
        say(f"parcours: {error.filename}: {error.strerror}")
        sys.exit(1)
    except Exception as error:
        kind = type(error)
        if kind.__module__.partition(".")[0] not in OWN_PACKAGES:
            raise
        say(f"parcours: {error}")
        names = {base.__name__ for base in kind.__mro__}
        sys.exit(EX_CONFIG if "SettingsError" in names else 1)
