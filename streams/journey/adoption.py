"""Journey models that come by the log: they replace those of the settings, if newer."""

from collections.abc import Mapping

import msgspec

from schemas.progress import Adoption
from streams.journey.model import Models, models_of
from streams.journey.model_spec import ModelSpec

_decode = msgspec.json.Decoder(ModelSpec).decode


def model_of(adoption: Adoption) -> ModelSpec:
    """The model that is to be adopted.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return _decode(adoption.model)


def newer(known: Mapping[str, Adoption], adoption: Adoption) -> bool:
    """Whether an adoption replaces the one known of its model; an older one does not."""
    spec = model_of(adoption)
    before = known.get(spec.name)
    return before is None or model_of(before).version <= spec.version


def overlaid(base: Models, adopted: Mapping[str, Adoption]) -> Models:
    """The models to go by: of each name the highest version.

    Args:
        base: models of the settings, the default one first.
        adopted: models that came by the log, by name.
    """
    specs = {spec.name: spec for spec in base.specs}
    awaiting = set()
    for name, adoption in adopted.items():
        spec = model_of(adoption)
        if name not in specs or specs[name].version <= spec.version:
            specs[name] = spec
            if adoption.awaiting:
                awaiting.add(name)
    if not awaiting and tuple(specs.values()) == base.specs:
        return base
    return models_of(specs.values(), frozenset(awaiting))
