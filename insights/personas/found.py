"""Finds personas: k-means over standardised features, the same for the same persons."""

from collections.abc import Sequence
from string import Template
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist

from insights.asker import Asker, ask_all, question
from insights.conditions import Values
from insights.personas.assign import feature_values
from insights.personas.fields import FEATURES
from insights.personas.spec import Centre, Feature, FoundPersonas, PersonaError
from insights.personas.states import states_now

SAMPLED: Final = 50_000
JUDGED: Final = 2_000
STARTS: Final = 5
ROUNDS: Final = 50
FEWEST: Final = 2
MOST: Final = 8

_Matrix = NDArray[np.float64]
_Labels = NDArray[np.int32]


class _Row(Struct):
    features: list[float]


class _Currency(Struct):
    currency: str


class _Fit(Struct):
    centres: _Matrix
    labels: _Labels
    spread: float
    silhouette: float


def find_personas(
    asker: Asker,
    tenant: str,
    name: str,
    *,
    k: int | None = None,
    seed: int = 1,
) -> FoundPersonas:
    """Find personas among the persons of a tenant, as they are now.

    At most 50,000 persons are looked at, always the same ones; what they are is told by
    `fields.FEATURES`, each made to have mean 0 and standard deviation 1. A feature in
    which all are alike is left out. k-means begins 5 times from centres drawn by
    k-means++ (Arthur & Vassilvitskii 2007); the start with the least spread is kept.

    Args:
        asker: whom to ask.
        tenant: whose data.
        name: what the model shall be called.
        k: how many personas; where None, of 2 to 8 the number with the highest mean
            silhouette (Rousseeuw 1987) over 2,000 persons.
        seed: of what is left to chance.

    Raises:
        PersonaError: there are too few persons, or all are alike.
    """
    currency = _currency(asker, tenant)
    rows = _features(asker, tenant, currency)
    most = k or MOST
    if len(rows) < 2 * most:
        message = f"{len(rows)} persons are too few to find {most} personas among"
        raise PersonaError(message)
    data = np.array(rows, dtype=np.float64)
    means, scales = data.mean(axis=0), data.std(axis=0)
    used = [place for place, scale in enumerate(scales) if scale > 0]
    if not used:
        message = "all persons are alike: there are no personas to find"
        raise PersonaError(message)
    points = (data[:, used] - means[used]) / scales[used]
    fits = [
        _fit(points, count, seed) for count in ([k] if k else range(FEWEST, MOST + 1))
    ]
    best = max(fits, key=lambda fit: fit.silhouette)
    names = [list(FEATURES)[place] for place in used]
    features = [
        Feature(label, float(means[place]), float(scales[place]))
        for label, place in zip(names, used, strict=True)
    ]
    return FoundPersonas(
        name=name,
        seed=seed,
        currency=currency,
        sampled=len(rows),
        silhouette=best.silhouette,
        features=tuple(features),
        personas=_named(best, names),
    )


def _currency(asker: Asker, tenant: str) -> str:
    sql = question("currency", "insights.personas")
    found = ask_all(asker, sql, {"tenant": tenant}, _Currency)
    return found[0].currency if found else ""


def _features(asker: Asker, tenant: str, currency: str) -> list[list[float]]:
    values = Values()
    sql = Template(question("features", "insights.personas")).substitute(
        features=feature_values(list(FEATURES), currency, values),
        states=states_now(values),
    )
    fixed = {"tenant": tenant, "sampled": SAMPLED}
    return [row.features for row in ask_all(asker, sql, fixed | values.bound, _Row)]


def _fit(points: _Matrix, k: int, seed: int) -> _Fit:
    best: _Fit | None = None
    for start in range(STARTS):
        centres, labels = kmeans2(
            points, k, iter=ROUNDS, minit="++", rng=np.random.default_rng([seed, start])
        )
        spread = float(((points - centres[labels]) ** 2).sum())
        if len(np.unique(labels)) == k and (best is None or spread < best.spread):
            best = _Fit(centres, labels, spread, 0.0)
    if best is None:
        message = f"there are no {k} personas among these persons: ask for fewer"
        raise PersonaError(message)
    best.silhouette = silhouette(points[:JUDGED], best.labels[:JUDGED])
    return best


def silhouette(points: _Matrix, labels: _Labels) -> float:
    """The mean silhouette: (b - a) / max(a, b), by Rousseeuw 1987.

    a is the mean distance to one's own group, b that to the nearest other one; who is
    alone in a group has 0.

    Args:
        points: one row each.
        labels: the group of each.
    """
    groups = np.unique(labels)
    if len(groups) < FEWEST:
        return 0.0
    distances = cdist(points, points)
    sums = np.stack([distances[:, labels == g].sum(axis=1) for g in groups], axis=1)
    sizes = np.array([(labels == g).sum() for g in groups])
    place = np.searchsorted(groups, labels)
    row = np.arange(len(points))
    own = sums[row, place] / np.maximum(sizes[place] - 1, 1)
    others = sums / sizes
    others[row, place] = np.inf
    nearest = others.min(axis=1)
    scores = (nearest - own) / np.maximum(np.maximum(nearest, own), 1e-300)
    scores[sizes[place] == 1] = 0.0
    return float(scores.mean())


def _named(fit: _Fit, features: Sequence[str]) -> tuple[Centre, ...]:
    """The centres, the largest group first, by the two features that say most of them."""
    sizes = np.bincount(fit.labels, minlength=len(fit.centres))
    order = sorted(range(len(sizes)), key=lambda g: (-sizes[g], tuple(fit.centres[g])))
    taken: dict[str, int] = {}
    found: list[Centre] = []
    for group in order:
        centre = fit.centres[group]
        far = sorted(range(len(features)), key=lambda f: (-abs(centre[f]), f))[:2]
        words = [(_word(features[f], float(centre[f])), features[f]) for f in far]
        base = "_".join(f"{word}_{feature}" for word, feature in words)
        taken[base] = taken.get(base, 0) + 1
        name = base if taken[base] == 1 else f"{base}_{taken[base]}"
        label = {"en": ", ".join(f"{word} {feature}" for word, feature in words)}
        numbers = tuple(float(number) for number in centre)
        found.append(Centre(name, label, numbers, int(sizes[group])))
    return tuple(found)


def _word(feature: str, z: float) -> str:
    # Recency is counted in days since: much of it is long ago.
    if feature == "recency":
        return "long" if z > 0 else "short"
    return "high" if z > 0 else "low"
