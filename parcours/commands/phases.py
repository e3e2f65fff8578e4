"""`plan` and `apply`: another journey model, first looked at, then made so."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import named_tenant
from parcours.screen import Json, many, print_json, print_table, progress_bar, say, tell

if TYPE_CHECKING:
    from insights.asker import Asker
    from parcours.planning.plan import Clock, Plan
    from schemas.settings import Settings
    from streams.journey.model_spec import ModelSpec

Model = Annotated[Path, typer.Argument(help="The model, YAML; see docs/phases.md.")]
DRAIN_SECONDS = 600.0


def plan(
    model: Model,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="NDJSON of raw touchpoints, also .gz: compare on these, without Kafka "
            "and ClickHouse.",
        ),
    ] = "",
    limit: Annotated[
        int, typer.Option(min=0, help="Persons to name for each move.")
    ] = 3,
    tenant: Annotated[
        str | None,
        typer.Option(help="Whose persons; all by default.", callback=named_tenant),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Replay history through a journey model: who would move from where to where.

    Nothing is changed. Exit status 0 also where somebody would move.
    """
    settings = door.settings_for(data_dir)
    spec = _read(model, settings)
    if source:
        found = _offline(spec, source, settings, limit)
    else:
        found = _on_history(spec, settings, data_dir, tenant, limit)
    print_json(found) if as_json else _show(found)


def apply(
    model: Model,
    timeout: Annotated[
        float,
        typer.Option(min=0, help="Seconds to wait until what is under way has landed."),
    ] = DRAIN_SECONDS,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Make a journey model apply, also to all that happened before.

    The running system goes on meanwhile, and needs no restart. Ended half-way, run it
    again: nothing is counted twice.
    """
    import asyncio

    from parcours.asking import open_asker
    from parcours.commands.drain import wait_until_landed
    from parcours.kafka_admin import KafkaAdmin
    from parcours.planning.adopt import adopt, home_of, keep, place_in, tell_pasts
    from parcours.planning.current import present
    from parcours.planning.plan import check_version
    from parcours.planning.replay import Replay
    from streams.journey.model import models_of
    from streams.rules import load_rules

    settings = door.settings_for(data_dir, door.KAFKA)
    spec = _read(model, settings)
    home = home_of(settings.model_file)
    target = place_in(home, spec) if home is not None else None
    with KafkaAdmin(settings.kafka_servers) as admin:
        now = present(admin, settings)
        check_version(spec, now.models)
        asyncio.run(adopt(settings, spec, now.partitions, awaiting=True))
        if target is not None:
            keep(model, target)
        say("the model is in the log; waiting until what came before it has landed")
        wait_until_landed(admin, timeout)
    policy = load_rules(settings).policy
    with open_asker(data_dir) as asker, progress_bar("replaying", None) as show:
        replay = Replay(asker, models_of([spec]), policy, show)
        told = asyncio.run(tell_pasts(settings, replay.persons(), now.partitions))
    asyncio.run(adopt(settings, spec, now.partitions, awaiting=False))
    if as_json:
        print_json({"model": spec.name, "version": spec.version, "persons": told})
        return
    tell(f"{spec.name} v{spec.version} applies; the past of {told:,} persons was told")
    if home is None:
        say(
            "PARCOURS_MODEL_FILE names no folder: put the file where your workers read "
            "their models, for the day their log is made anew"
        )


def _read(model: Path, settings: "Settings") -> "ModelSpec":
    from streams.model_files import read_model

    return read_model(model, any_type=settings.unknown_types == "accept")


def _offline(
    spec: "ModelSpec", source: str, settings: "Settings", limit: int
) -> "Plan":
    from parcours.planning.plan import check_version, plan_offline
    from parcours.producing.files import lines, open_input
    from streams.enrich.identify import Identifier
    from streams.enrich.policy import policy_from
    from streams.rules import load_rules

    rules = load_rules(settings)
    check_version(spec, rules.models.specs)

    def read() -> Iterator[bytes]:
        return (line for line in lines(open_input(source, "ndjson")) if line)

    return plan_offline(
        spec,
        rules,
        read(),
        read(),
        identifier=Identifier(policy_from(settings)),
        received_at=int(time.time() * 1000),
        examples=limit,
    )


def _on_history(
    spec: "ModelSpec",
    settings: "Settings",
    data_dir: Path,
    tenant: str | None,
    limit: int,
) -> "Plan":
    from parcours.asking import open_asker
    from parcours.planning.plan import plan as compare
    from parcours.planning.replay import Replay
    from streams.journey.model import models_of
    from streams.rules import load_rules

    policy = load_rules(settings).policy
    with open_asker(data_dir) as asker, progress_bar("replaying", None) as show:
        clock = _clock(asker, spec, settings, data_dir, tenant)
        replay = Replay(asker, models_of([spec]), policy, show)
        found = compare(spec, replay.persons(tenant), clock, limit)
        found.touchpoints = replay.touchpoints
    return found


def _clock(
    asker: "Asker",
    spec: "ModelSpec",
    settings: "Settings",
    data_dir: Path,
    tenant: str | None,
) -> "Clock":
    """The time of the running system; without one, that of the newest touchpoint."""
    from insights import history
    from parcours.kafka_admin import KafkaAdmin
    from parcours.planning.current import present
    from parcours.planning.plan import Clock, check_version
    from streams.model_files import models_of_settings

    whose = [tenant] if tenant else history.tenants(asker)
    newest = max((history.size(asker, name).newest for name in whose), default=0)
    if door.KAFKA not in door.running_environment(data_dir):
        check_version(spec, models_of_settings(settings))
        return Clock({}, 0, newest)
    with KafkaAdmin(settings.kafka_servers) as admin:
        now = present(admin, settings)
    check_version(spec, now.models)
    return Clock(now.watermarks, now.partitions, newest)


def _show(found: "Plan") -> None:
    tell(
        f"{found.model} v{found.version}: {found.moving:,} of {many(found.persons, 'person')} "
        f"would move, {found.unchanged:,} would not; {found.new:,} stand nowhere in it "
        "now"
    )
    if found.restated:
        tell(f"{found.restated:,} stay where they are, under the new version")
    if found.moves:
        print_table(
            ("from", "to", "persons", "for example"),
            [
                (
                    m.from_phase or "-",
                    m.to_phase or "-",
                    m.persons,
                    ", ".join(m.examples),
                )
                for m in found.moves
            ],
        )
