"""The planned journeys of a system: `plans/*.yaml` in its data folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from insights.asker import QuestionError

if TYPE_CHECKING:
    from insights.map.desk import Desk
    from insights.map.plan import Plan

FOLDER: Final = "plans"
ENDINGS: Final = (".yaml", ".yml", ".json")


class PlanFileError(ValueError):
    """A plan of the data folder that cannot be meant; says which, and why."""


def known_plans(data_dir: Path, desk: "Desk") -> "tuple[Plan, ...]":
    """The plans of the system on a folder, one a journey model at most.

    Args:
        data_dir: the system's folder.
        desk: the journey models that plans are for.

    Raises:
        PlanFileError: a file is no plan, or is for a model or phase that there is not,
            or for the same model as another one.
    """
    folder = data_dir / FOLDER
    listed = sorted(folder.iterdir()) if folder.is_dir() else []
    found: dict[str, tuple[Path, Plan]] = {}
    for file in listed:
        if file.suffix not in ENDINGS:
            continue
        plan = _read(file, desk)
        if plan.model in found:
            other = found[plan.model][0].name
            message = f"{file}: {other} is for the model {plan.model} too: keep one"
            raise PlanFileError(message)
        found[plan.model] = (file, plan)
    return tuple(plan for _, plan in found.values())


def _read(file: Path, desk: "Desk") -> "Plan":
    from insights.map.plan import check, read_plan  # noqa: PLC0415 - `--help` is fast

    try:
        plan = read_plan(file.read_bytes())
        check(plan, desk.model(plan.model))
    except QuestionError as error:
        message = f"{file}: {error}"
        raise PlanFileError(message) from error
    return plan
