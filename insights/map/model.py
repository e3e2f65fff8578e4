"""The phases of a journey model as the map shows them: order and names."""

from msgspec import Struct


class MapPhase(Struct, frozen=True):
    """One phase.

    Attributes:
        id: its name in the model.
        label: names for people, by language (`en`, `fr`).
        silent: it is entered by silence alone, such as dormancy: no progress.
    """

    id: str
    label: dict[str, str] = {}
    silent: bool = False

    def name(self, language: str) -> str:
        """What to call it in a language; its id where nobody gave it a name."""
        return self.label.get(language) or self.label.get("en") or self.id


class MapModel(Struct, frozen=True):
    """A journey model's phases, in their order.

    Attributes:
        name: identity of the model; a scope names it.
        version: of the model.
        label: names for people, by language.
    """

    name: str
    version: int
    phases: tuple[MapPhase, ...]
    label: dict[str, str] = {}
