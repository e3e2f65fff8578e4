"""Registered funnels: those whose days are counted beforehand, and answer at once."""

from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from insights.asker import QuestionError
from insights.funnels.checks import check
from insights.funnels.packed import plain
from insights.funnels.spec import Funnel, Step, load
from insights.sentences import say
from schemas.vocabulary import PHASES

REVISION: Final = 2
"""Of how days are counted: raise it, and everything is counted again."""

PHASE_FUNNEL: Final = "phases"
_YAML: Final = (".yaml", ".yml")


class RegisteredError(QuestionError):
    """A funnel that cannot be registered, or is not."""


class Registered(Struct, frozen=True):
    """A funnel that is counted beforehand, for every tenant.

    Attributes:
        funnel: its steps, window and time zone; of the phase funnel, the phases.
        model: the journey model of a phase funnel; empty for funnels of touchpoints.
    """

    funnel: Funnel
    model: str = ""

    @property
    def name(self) -> str:
        """What it is asked for by."""
        return self.funnel.name

    @property
    def definition(self) -> str:
        """Names exactly these steps and rules: other ones never share its days."""
        text = msgspec.json.encode((REVISION, self.model, self.funnel), order="sorted")
        return f"{self.name}-{sha256(text).hexdigest()[:16]}"


def phase_funnel(
    model: str = "default", phases: tuple[str, ...] = PHASES, timezone: str = "UTC"
) -> Registered:
    """How far persons get in the phases of a journey model.

    Args:
        model: its name.
        phases: in their order, without those entered by silence alone; by default the
            built-in ones.
        timezone: where days begin.
    """
    steps = tuple(Step(type=phase) for phase in phases)
    return Registered(
        Funnel(steps, PHASE_FUNNEL, window=None, timezone=timezone), model
    )


def built_in() -> list[Registered]:
    """The funnels that every system counts."""
    folder = files("insights.rollups") / "funnels"
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return [phase_funnel(), *(register(file.read_bytes()) for file in found)]


def from_folder(folder: Path) -> list[Registered]:
    """The built-in funnels and those of a folder, which go before them by name.

    Raises:
        QuestionError: a file is no funnel, or not one that can be registered.
    """
    funnels = {one.name: one for one in built_in()}
    found = folder.iterdir() if folder.is_dir() else ()
    own: dict[str, Path] = {}
    for file in sorted(path for path in found if path.suffix in _YAML):
        try:
            one = register(file.read_bytes())
        except QuestionError as error:
            message = f"{file}: {error}"
            raise RegisteredError(message) from error
        if one.name in own:
            message = f"{file.name} and {own[one.name].name} have one name, {one.name}"
            raise RegisteredError(message)
        own[one.name] = file
        funnels[one.name] = one
    return list(funnels.values())


def register(content: bytes) -> Registered:
    """A funnel as a file has it, to be counted beforehand.

    Raises:
        QuestionError: not a funnel, or one whose days cannot be counted.
    """
    funnel = load(content, yaml=True)
    check(funnel)
    if funnel.from_ms is not None or funnel.to_ms is not None or funnel.breakdown:
        message = (
            "a registered funnel has no range and no breakdown: they are asked for"
        )
        raise RegisteredError(message)
    if funnel.tenant != Funnel(funnel.steps).tenant:
        message = "a registered funnel is counted for every tenant: leave `tenant` out"
        raise RegisteredError(message)
    if not plain(funnel):
        message = (
            "a registered funnel is ordered, of persons, of types alone (no conditions, "
            "options or `*`), and no type is in two steps; others are asked as they are"
        )
        raise RegisteredError(message)
    return Registered(funnel)


def named(name: str, among: Iterable[Registered]) -> Registered:
    """The registered funnel of a name.

    Raises:
        RegisteredError: there is none.
    """
    funnels = {one.name: one for one in among}
    if name not in funnels:
        known = ", ".join(sorted(funnels))
        raise RegisteredError(say("registered", name=name, known=known))
    return funnels[name]
