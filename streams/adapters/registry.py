"""The one list of source formats. A new source is a new adapter and a line here."""

from collections.abc import Mapping
from typing import Final

from streams.adapters import canonical
from streams.adapters.adapter import Adapter

CANONICAL: Final = "canonical"

ADAPTERS: Final[Mapping[str, Adapter]] = {CANONICAL: canonical.adapt}
"""Adapter by the name of its source format."""
