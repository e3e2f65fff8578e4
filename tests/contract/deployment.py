"""Where the deployment lies, its tools, and the pages of it that schemas/ make.

`python -m tests.contract.deployment` writes those pages.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from schemas.metrics import CATALOGUE
from schemas.settings import PREFIX, Settings
from schemas.topics import DAY_MS, TOPICS
from tests.servers.kafka import absent

if TYPE_CHECKING:
    from collections.abc import Callable

TOP: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = TOP / "deploy"
MADE: Final = "made by `python -m tests.contract.deployment`, do not edit"
SETTINGS: Final[dict[str, Field[Any]]] = {
    PREFIX + spec.name.upper(): spec for spec in fields(Settings)
}
"""Every setting by the name of its variable."""
REQUIRED: Final = {name for name, spec in SETTINGS.items() if spec.default is MISSING}
SECRET: Final = {name for name, spec in SETTINGS.items() if spec.metadata["secret"]}


def documents(file: Path) -> list[Any]:
    """The documents of a YAML file."""
    return list(yaml.safe_load_all(file.read_text()))


def services() -> dict[str, dict[str, Any]]:
    """The services of docker-compose.yml by name."""
    (compose,) = documents(TOP / "docker-compose.yml")
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def tool(*command: str | Path, folder: Path = TOP) -> str:
    """Run a tool that CI must have (elsewhere the test is skipped without it).

    Returns:
        What it printed; a tool that fails fails the test.
    """
    if shutil.which(command[0]) is None:
        absent(f"{command[0]} is not installed (docs/operations.md, Checking a change)")
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def settings_page() -> str:
    """docs/settings.md: every setting with its type, default and meaning."""
    rows = []
    for name, spec in SETTINGS.items():
        default = "*required*" if name in REQUIRED else f"`{_default(spec)}`"
        default = "*empty*" if default == "``" else default
        kind = getattr(spec.type, "__name__", spec.type)
        meaning = spec.metadata["help"] + ("; **secret**" if name in SECRET else "")
        rows.append(f"| `{name}` | {kind} | {default} | {_cell(meaning)} |\n")
    return (
        f"<!-- {MADE} -->\n# Settings\n\n"
        "Each is an environment variable, read once at the start and strictly: an unknown\n"
        f"`{PREFIX}…` variable, or a value of the wrong form, ends the process with a word.\n"
        "`deploy/env.minimal` has the required ones, `deploy/env.reference` all of them.\n"
        "\n| setting | type | default | meaning |\n|---|---|---|---|\n" + "".join(rows)
    )


def metrics_page() -> str:
    """docs/metrics.md: every metric with its kind, labels and meaning."""
    rows = []
    for metric in CATALOGUE:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        meaning = _cell(metric.help)
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {meaning} |\n")
    return (
        f"<!-- {MADE} -->\n# Metrics\n\n"
        "Served at `/metrics` by worker and sink. Histograms have the usual `_bucket`,\n"
        "`_sum` and `_count`. No label ever holds a person, a session or an address.\n"
        "\n| metric | kind | labels | meaning |\n|---|---|---|---|\n" + "".join(rows)
    )


def topics_page() -> str:
    """docs/topics.md: every topic with its record, key and retention."""
    rows = []
    for topic in TOPICS:
        kept = topic.retention_ms
        days = "compacted" if kept is None else f"{kept / DAY_MS:g} days"
        record = topic.record.__name__
        schema = f"[{record}](../schemas/jsonschema/{topic.name}.json)"
        use = "internal" if topic.internal else "write" if topic.inbound else "read"
        cells = f"`{topic.name}`", use, schema, _cell(topic.key), days, topic.owner
        rows.append(f"| {' | '.join(cells)} |\n")
    return (
        f"<!-- {MADE} -->\n# Topics\n\n"
        "What another system may do with each: `write` or `read` it, under the rules of\n"
        "[consumers.md](consumers.md), or leave it alone (`internal`). The same for\n"
        "programs: [schemas/asyncapi.json](../schemas/asyncapi.json).\n"
        "\n| topic | use | record | key | kept | written by |\n|---|---|---|---|---|---|\n"
        + "".join(rows)
    )


def env_reference() -> str:
    """deploy/env.reference: every setting as a line of an env file."""
    lines = [f"# Every setting with its default; {MADE}.\n"]
    for name, spec in SETTINGS.items():
        told = name in REQUIRED | SECRET
        line = f"# {name}=" if told else f"{name}={_default(spec)}"
        note = " (secret: never in this file)" if name in SECRET else ""
        lines.append(f"\n# {spec.metadata['help']}{note}\n{line}\n")
    return "".join(lines)


def _default(spec: Field[Any]) -> str:
    return str(spec.default).lower() if spec.type is bool else str(spec.default)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PAGES: Final[dict[str, Callable[[], str]]] = {
    "docs/settings.md": settings_page,
    "docs/metrics.md": metrics_page,
    "docs/topics.md": topics_page,
    "deploy/env.reference": env_reference,
}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (TOP / page).write_text(make())
