"""The registered funnels of a system, with the phases of the journey model in force."""

import logging
from collections.abc import Iterator
from pathlib import Path

from insights.rollups.registered import (
    Registered,
    built_in,
    from_folder,
    phase_funnel,
)
from parcours.model_order import entered
from schemas.settings import Settings
from streams.journey.model_spec import ModelError
from streams.model_files import load_models, state_of

logger = logging.getLogger(__name__)


class InForce:
    """The funnels that are counted beforehand, as they are whenever one goes through them.

    `parcours apply` changes the journey model while others run: its files are read again
    when they are not what they were.
    """

    def __init__(self, settings: Settings, folder: Path | None) -> None:
        """Read the funnels; journey models are read when they are needed.

        Args:
            settings: which journey models there are; the first is the default one.
            folder: of registered funnels, besides the built-in ones.

        Raises:
            QuestionError: a file is no funnel, or not one that can be registered.
        """
        self._settings = settings
        self._funnels = from_folder(folder) if folder else built_in()
        self._read: object = None
        self._phases: Registered | None = None

    def __iter__(self) -> Iterator[Registered]:
        """Each funnel; that of the phases by the default model of now.

        Raises:
            ModelError: a file means no model, and none has been read before.
            OSError: a file cannot be read, and none has been read before.
        """
        phases = self._phases_now()
        return iter([phases if one.model else one for one in self._funnels])

    def _phases_now(self) -> Registered:
        try:
            state = state_of(self._settings.model_file)
            if self._phases is None or state != self._read:
                self._read = state
                self._phases = _phases_of(self._settings)
        except (ModelError, OSError) as error:
            # Somebody is at it: what was right before is counted until it is again.
            if self._phases is None:
                raise
            logger.warning("models_not_read error=%s", type(error).__name__)
        return self._phases


def _phases_of(settings: Settings) -> Registered:
    any_type = settings.unknown_types == "accept"
    spec, *_ = load_models(settings.model_file, any_type=any_type)
    return phase_funnel(spec.name, entered(spec))
