"""`fold`: the worker's own rules, offline."""

import sys
import time
from typing import Annotated

import typer

from parcours.door import DEFAULT_DATA_DIR, DataDir, settings_for
from parcours.screen import say


def fold(
    file: Annotated[str, typer.Argument(help="NDJSON, also .gz; - for stdin.")],
    close: Annotated[
        bool, typer.Option("--close", help="Let time pass at the end: close sessions.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Fold raw touchpoints into sessions, transitions and journey states, without Kafka.

    For trying a rule, and as an oracle: the very rules of the worker, with the models
    and policies of its settings. Prints NDJSON, each line with its `record`. Pseudonyms
    are the system's own only where its secret is known.
    """
    from parcours.producing.files import lines, open_input
    from streams.enrich.identify import Identifier
    from streams.enrich.policy import policy_from
    from streams.fold import fold as run
    from streams.fold import records
    from streams.worker import load_rules

    settings = settings_for(data_dir)
    folded = run(
        lines(open_input(file, "ndjson")),
        Identifier(policy_from(settings)),
        load_rules(settings),
        received_at=int(time.time() * 1000),  # noqa: TID251 - the door's clock
        close=close,
    )
    for record in records(folded):
        sys.stdout.buffer.write(record + b"\n")
    sys.stdout.flush()
    say(
        f"{folded.touchpoints:,} touchpoints ({folded.late:,} late), "
        f"{folded.duplicates:,} duplicates, {len(folded.refused):,} refused; "
        f"{len(folded.states):,} persons, {len(folded.sessions):,} sessions"
    )
