"""What a framework's program is told."""

import sys

import msgspec


class Job(msgspec.Struct):
    """Given as JSON in the program's first argument.

    Attributes:
        servers: `host:port`.
        partitions: of every topic.
        raw: topic to read; full before the program starts.
        keyed: topic for the touchpoints re-keyed by person.
        touchpoints: topic for the touchpoints with their verdicts.
        states: topic for the journey states, where the framework has none of its own.
        secret: key of the pseudonyms.
        folder: for files of the framework's own.
    """

    servers: str
    partitions: int
    raw: str
    keyed: str
    touchpoints: str
    states: str
    secret: str
    folder: str


def job() -> Job:
    """The job of this program."""
    return msgspec.json.decode(sys.argv[1], type=Job)
