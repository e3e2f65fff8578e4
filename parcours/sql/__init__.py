"""Questions of the door itself, one a file."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `parcours/sql/<name>.sql`."""
    return files("parcours").joinpath("sql", f"{name}.sql").read_text("utf-8")
