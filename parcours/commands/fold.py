"""`fold`: the worker's own rules, offline."""

from typing import Annotated

import typer

from parcours import door
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import many, say


def fold(
    file: Annotated[str, typer.Argument(help="NDJSON, also .gz; - for stdin.")],
    close: Annotated[
        bool,
        typer.Option(
            help="Let time pass at the end: sessions are over, carts given up."
        ),
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Fold raw touchpoints into states, sessions, transitions, threads, messages; no Kafka.

    For trying a rule, and as an oracle: the same rules as the worker's, with the models
    and policies that its settings name. Prints NDJSON, one `record` a line.
    """
    import sys
    import time

    from parcours.producing.files import lines, open_input
    from streams.enrich.identify import Identifier
    from streams.enrich.policy import policy_from
    from streams.fold import fold as run
    from streams.fold import records
    from streams.rules import load_rules

    settings = door.settings_for(data_dir)
    folded = run(
        (line for line in lines(open_input(file, "ndjson")) if line),
        Identifier(policy_from(settings)),
        load_rules(settings),
        received_at=int(time.time() * 1000),
        close=close,
    )
    for record in records(folded):
        sys.stdout.buffer.write(record + b"\n")
    sys.stdout.flush()
    say(
        f"{many(folded.touchpoints, 'touchpoint')}, "
        f"{many(folded.duplicates, 'duplicate')}, "
        f"{folded.late:,} late, {len(folded.refused):,} refused"
    )
