"""What the topics should be like against what they are; pure."""

from collections.abc import Iterable, Mapping

import msgspec

from parcours.kafka_admin import Layout
from schemas.settings import Settings
from schemas.topics import Topic

NOT_REPORTED = "not reported"


class Difference(msgspec.Struct, frozen=True):
    """One thing of a topic that is not as it was promised.

    Attributes:
        what: `topic`, `partitions`, `replication` or the name of a topic setting.
    """

    topic: str
    what: str
    expected: str
    found: str

    @property
    def counts(self) -> bool:
        """Whether it is known to differ: a broker may not report its settings."""
        return self.found != NOT_REPORTED


def differences(
    topics: Iterable[Topic], settings: Settings, layouts: Mapping[str, Layout]
) -> list[Difference]:
    """Every difference, topic by topic."""
    found: list[Difference] = []
    for topic in topics:
        layout = layouts.get(topic.name)
        if layout is None:
            found.append(Difference(topic.name, "topic", "there", "missing"))
            continue
        pairs = [
            ("partitions", str(settings.partitions), str(layout.partitions)),
            ("replication", str(settings.replication), str(layout.replication)),
        ]
        config = layout.config
        pairs += [
            (name, value, NOT_REPORTED if config is None else config.get(name, "unset"))
            for name, value in topic.config().items()
        ]
        found += [Difference(topic.name, *p) for p in pairs if p[1] != p[2]]
    return found
