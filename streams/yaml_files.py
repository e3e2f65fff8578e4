"""YAML files that settings name: their documents, or an error that says what is wrong."""

from pathlib import Path

import yaml
from yaml import MarkedYAMLError


def documents(file: Path, error: type[ValueError]) -> list[object]:
    """The YAML documents of a file.

    Args:
        file: its path.
        error: raised where it cannot be read or is no YAML; says which file, where in
            it, and what is wrong.
    """
    try:
        return list(yaml.safe_load_all(file.read_text("utf-8")))
    except OSError as reason:
        message = f"{file}: cannot be read ({reason.strerror}); check the path"
        raise error(message) from reason
    except (yaml.YAMLError, ValueError) as reason:
        message = f"{file}: no YAML: {_said(reason)}"
        raise error(message) from reason


def _said(reason: Exception) -> str:
    """On one line, without the pointer that YAML draws under the text of the file."""
    if not isinstance(reason, MarkedYAMLError):
        return " ".join(str(reason).split())
    mark = reason.problem_mark or reason.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    what = " ".join(filter(None, (reason.problem, reason.context)))
    return ": ".join(filter(None, (where, what)))
