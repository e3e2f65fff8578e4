"""What is promised to other systems, as files: JSON Schemas, AsyncAPI, and their past."""

from typing import Final

RELEASE: Final = "0.1.0"
"""The release that the promises belong to; the same as in pyproject.toml."""
