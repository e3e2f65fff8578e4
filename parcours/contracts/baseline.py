"""What was promised at the last release, and whether the code still keeps it."""

import re
from typing import Final

import msgspec

from parcours.contracts import RELEASE, files
from parcours.contracts.compatibility import Break, breaks_between
from parcours.contracts.json_schema import Json, schema_of
from schemas.topics import TOPICS

RELEASED: Final = "released"
_UNRELEASED: Final = re.compile(
    r"^## Unreleased$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
)
_VERSION: Final = re.compile(r"\d+$")


class ContractError(RuntimeError):
    """A promise would be broken without anybody having said so."""


def breaks() -> list[Break]:
    """What the code breaks of the released promises; topics not released are free."""
    now = {topic.name: topic for topic in TOPICS}
    found: list[Break] = []
    for name, old in released().items():
        new = schema_of(now[name]) if name in now else None
        found += breaks_between(old, new)
    return found


def released() -> dict[str, Json]:
    """Topic → its schema, as of the last release."""
    decode = msgspec.json.Decoder(Json).decode
    paths = sorted((files.folder() / RELEASED).glob("*.json"))
    return {path.stem: decode(path.read_bytes()) for path in paths}


def advice(topics: set[str]) -> list[str]:
    """What to do where topics break: sentences for a person."""
    names = sorted(topics)
    newer = [_VERSION.sub(lambda v: str(int(v[0]) + 1), name) for name in names]
    lines = [f"declare {', '.join(newer)} beside it, and write both until nobody reads"]
    lines[0] += " the old one"
    if _may_break():
        lines.append(
            f"or, while it is 0.x: name {', '.join(names)} in CHANGELOG.md under "
            "Unreleased, say what readers have to do, and run `parcours schemas --release`"
        )
    return lines


def release() -> list[str]:
    """Make what the code promises now the promise to be kept.

    Returns:
        The files that were written or removed.

    Raises:
        ContractError: something breaks and the changelog does not name its topic, or
            the time for that (0.x) is over.
    """
    broken = {one.topic for one in breaks()}
    unsaid = sorted(name for name in broken if name not in _unreleased())
    if broken and not _may_break():
        message = f"from 1.0 on a topic is never broken: {'; '.join(advice(broken))}"
        raise ContractError(message)
    if unsaid:
        message = f"CHANGELOG.md, Unreleased, does not name {', '.join(unsaid)}"
        raise ContractError(message)
    home = files.folder() / RELEASED
    home.mkdir(exist_ok=True)
    wanted = {
        f"{topic.name}.json": files.text_of(schema_of(topic))
        for topic in TOPICS
        if not topic.internal
    }
    present = {path.name: path.read_text("utf-8") for path in home.glob("*.json")}
    for name in present.keys() - wanted.keys():
        (home / name).unlink()
    changed = {name: text for name, text in wanted.items() if present.get(name) != text}
    for name, text in changed.items():
        (home / name).write_text(text, "utf-8")
    return sorted(changed.keys() | (present.keys() - wanted.keys()))


def _may_break() -> bool:
    return RELEASE.startswith("0.")


def _unreleased() -> str:
    path = files.folder().parent / "CHANGELOG.md"
    found = _UNRELEASED.search(path.read_text("utf-8")) if path.exists() else None
    return found[1] if found else ""
