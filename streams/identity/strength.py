"""Which of two names a person goes by: the same answer in whatever order they are linked."""

from typing import Final

from schemas.vocabulary import NAMESPACES

_RANKS: Final = {namespace: rank for rank, namespace in enumerate(NAMESPACES)}


def strength(name: str) -> tuple[int, str]:
    """Sort key of a name, the strongest first.

    Args:
        name: `namespace:value`; the empty name is weaker than any other.
    """
    rank = _RANKS.get(name.partition(":")[0], len(_RANKS))
    return (rank, name) if name else (rank + 1, name)


def stronger(one: str, other: str) -> str:
    """The name that a person keeps: of the strongest namespace, then the smallest value."""
    return min(one, other, key=strength)
